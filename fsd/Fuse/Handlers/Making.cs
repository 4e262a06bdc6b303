using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>MKDIR, MKNOD, SYMLINK, LINK: a new name, answered with its inode.</summary>
internal static unsafe class Making
{
    private const uint PermissionBits = 0xfff;

    /// <summary>MKDIR.</summary>
    public static int Mkdir(Request request)
    {
        if (!request.TryRead(out MkdirIn arguments))
            return request.Fail(Errno.EINVAL);
        var error = request.TryReadName();
        if (error != Errno.None)
            return request.Fail(error);
        using var parent = request.WritableNode();
        if (parent.Error != Errno.None)
            return request.Fail(parent.Error);
        Replay.BeginMaking(request);
        using (request.BecomeCaller(out error))
        {
            if (error == Errno.None && SysStat.mkdirat(parent.Fd, request.Name, arguments.Mode & PermissionBits) < 0)
                error = Failure(request, parent, SysStat.S_IFDIR);
        }

        return Reply(request, parent, error);
    }

    /// <summary>MKNOD: regular files, fifos, sockets and device nodes.</summary>
    public static int Mknod(Request request)
    {
        if (!request.TryRead(out MknodIn arguments))
            return request.Fail(Errno.EINVAL);
        var error = request.TryReadName();
        if (error != Errno.None)
            return request.Fail(error);
        using var parent = request.WritableNode();
        if (parent.Error != Errno.None)
            return request.Fail(parent.Error);
        Replay.BeginMaking(request);
        using (request.BecomeCaller(out error))
        {
            var mode = arguments.Mode & (SysStat.S_IFMT | PermissionBits);
            if (error == Errno.None
                && SysStat.mknodat(parent.Fd, request.Name, mode, DeviceNumber.ToDevT(arguments.DeviceNumber)) < 0)
                error = Failure(request, parent, (mode & SysStat.S_IFMT) == 0 ? SysStat.S_IFREG : mode & SysStat.S_IFMT);
        }

        return Reply(request, parent, error);
    }

    /// <summary>SYMLINK: the target is any bytes; it is the guest that follows it.</summary>
    public static int Symlink(Request request)
    {
        var error = request.TryReadName();
        if (error == Errno.None)
            error = request.TryReadString(request.Path, Request.PathMax, out _);
        if (error != Errno.None)
            return request.Fail(error);
        using var parent = request.WritableNode();
        if (parent.Error != Errno.None)
            return request.Fail(parent.Error);
        Replay.BeginMaking(request);
        using (request.BecomeCaller(out error))
        {
            if (error == Errno.None && Unistd.symlinkat(request.Path, parent.Fd, request.Name) < 0)
                error = Failure(request, parent, SysStat.S_IFLNK);
        }

        return Reply(request, parent, error);
    }

    /// <summary>LINK: another name for an inode of the same export.</summary>
    public static int Link(Request request)
    {
        if (!request.TryRead(out LinkIn arguments))
            return request.Fail(Errno.EINVAL);
        var error = request.TryReadName();
        if (error != Errno.None)
            return request.Fail(error);
        using var parent = request.WritableNode();
        if (parent.Error != Errno.None)
            return request.Fail(parent.Error);
        using var inode = request.Server.PinNode(arguments.OldNodeId, Errno.EPERM);
        if (inode.Error != Errno.None)
            return request.Fail(inode.Error);
        if (inode.Export != parent.Export)
            return request.Fail(Errno.EXDEV);

        // By way of /proc: linkat with an empty path would need CAP_DAC_READ_SEARCH, which the worker need not have otherwise.
        var number = stackalloc byte[ProcFd.NumberSize];
        ProcFd.Format(inode.Fd, number);
        Replay.Begin(request);
        if (Unistd.linkat(request.Server.ProcFd.Fd, number, parent.Fd, request.Name, Fcntl.AT_SYMLINK_FOLLOW) < 0)
        {
            error = LinuxException.LastErrno;
            if (error == Errno.EEXIST && Replay.HasLinked(request, parent.Fd, inode.Fd))
                error = Errno.None;
        }

        return Reply(request, parent, error);
    }

    // Of the call made last: what is there already may be what a worker made that died before it could say so.
    private static Errno Failure(Request request, in InodePin parent, uint type)
    {
        var error = LinuxException.LastErrno;
        return error == Errno.EEXIST && Replay.HasMade(request, parent.Fd, type) ? Errno.None : error;
    }

    private static int Reply(Request request, in InodePin parent, Errno error)
    {
        if (error != Errno.None)
            return request.Fail(error);
        error = HostFile.Lookup(request.Server, parent, request.Name, likelyKnown: false, out var entry, out _);
        return error != Errno.None ? request.Fail(error) : request.Done(entry);
    }
}
