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
        return error != Errno.None ? request.Fail(error) : Make(request, &MakeDirectory, arguments, arguments.Umask, SysStat.S_IFDIR);
    }

    /// <summary>MKNOD: regular files, fifos, sockets and device nodes.</summary>
    public static int Mknod(Request request)
    {
        if (!request.TryRead(out MknodIn arguments))
            return request.Fail(Errno.EINVAL);
        var error = request.TryReadName();
        if (error != Errno.None)
            return request.Fail(error);
        var type = arguments.Mode & SysStat.S_IFMT;
        return Make(request, &MakeNode, arguments, arguments.Umask, type == 0 ? SysStat.S_IFREG : type);
    }

    /// <summary>SYMLINK: the target is any bytes; it is the guest that follows it.</summary>
    public static int Symlink(Request request)
    {
        var error = request.TryReadName();
        if (error == Errno.None)
            error = request.TryReadString(request.Path, Request.PathMax, out _);
        return error != Errno.None ? request.Fail(error) : Make(request, &MakeLink, 0, umask: 0, SysStat.S_IFLNK);
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

        using var files = request.Change.In(parent.Export.Policy).With(parent).With(inode);
        if (!files.TryBegin(out var until))
            return request.Park(until);

        // By way of /proc: linkat with an empty path would need CAP_DAC_READ_SEARCH, which the worker need not have otherwise.
        var number = stackalloc byte[ProcFd.NumberSize];
        ProcFd.Format(inode.Fd, number);
        var since = HostFile.Since(parent.Export.Policy);
        Replay.Begin(request);
        if (Unistd.linkat(request.Server.ProcFd.Fd, number, parent.Fd, request.Name, Fcntl.AT_SYMLINK_FOLLOW) < 0)
        {
            error = LinuxException.LastErrno;
            if (error == Errno.EEXIST && Replay.HasLinked(request, parent.Fd, inode.Fd))
                error = Errno.None;
        }

        return error != Errno.None ? request.Fail(error) : ReplyLinked(request, parent, inode, since);
    }

    private static int MakeDirectory(Request request, int parent, in MkdirIn arguments) =>
        SysStat.mkdirat(parent, request.Name, arguments.Mode & PermissionBits);

    private static int MakeNode(Request request, int parent, in MknodIn arguments) => SysStat.mknodat(
        parent, request.Name, arguments.Mode & (SysStat.S_IFMT | PermissionBits), DeviceNumber.ToDevT(arguments.DeviceNumber));

    private static int MakeLink(Request request, int parent, in int nothing) => Unistd.symlinkat(request.Path, parent, request.Name);

    // What the three have in common once their arguments are read. "make" returns −1 with errno when it fails.
    private static int Make<T>(Request request, delegate*<Request, int, in T, int> make, in T arguments, uint umask, uint type)
    {
        var error = SecurityContext.Read(request, out var context);
        if (error != Errno.None)
            return request.Fail(error);
        using var parent = request.WritableNode();
        if (parent.Error != Errno.None)
            return request.Fail(parent.Error);
        using var files = request.Change.In(parent.Export.Policy).With(parent);
        if (!files.TryBegin(out var until))
            return request.Park(until);
        Replay.BeginMaking(request);
        using (request.BecomeCaller(umask, out error))
        {
            if (error == Errno.None && make(request, parent.Fd, arguments) < 0)
                error = LinuxException.LastErrno;
        }

        // What is there already may be what a worker made that died before it could say so.
        if (error == Errno.EEXIST && Replay.HasMade(request, parent.Fd, type))
            error = Errno.None;

        if (error == Errno.None && context.IsSet)
            error = Label(request, parent, context);
        return error != Errno.None ? request.Fail(error) : Reply(request, parent, type);
    }

    private static Errno Label(Request request, in InodePin parent, in SecurityContext context)
    {
        Errno error;
        var fd = request.Server.ProcFd.Open(parent.Fd, request.Name, Fcntl.O_PATH | Fcntl.O_NOFOLLOW, 0);
        if (fd < 0)
        {
            error = LinuxException.LastErrno;
            // Others have removed it.
            return error == Errno.ENOENT ? Errno.None : error;
        }

        error = context.Apply(fd);
        Statx statx;
        if (error != Errno.None && HostFile.Stat(fd, &statx) == 0)
        {
            var directory = (statx.Mode & SysStat.S_IFMT) == SysStat.S_IFDIR;
            _ = Unistd.unlinkat(parent.Fd, request.Name, directory ? Fcntl.AT_REMOVEDIR : 0);
        }

        _ = Unistd.close(fd);
        return error;
    }

    // By way of the name, which others may have removed by now, or given to something else: it was made all the same.
    private static int Reply(Request request, in InodePin parent, uint type)
    {
        var error = HostFile.Lookup(request.Server, parent, request.Name, likelyKnown: false, out var entry, out _);
        if (error == Errno.None && (entry.Attributes.Mode & SysStat.S_IFMT) != type)
        {
            request.Server.Inodes.Forget(entry.NodeId, 1);
            error = Errno.ENOENT;
        }

        if (error == Errno.ENOENT)
            entry = GoneInode.Entry(request, type);
        return error is Errno.None or Errno.ENOENT ? request.Done(entry) : request.Fail(error);
    }

    // By way of the inode: the name may be another's by now, but this is what was linked.
    private static int ReplyLinked(Request request, in InodePin parent, in InodePin inode, long since)
    {
        var fd = request.Server.ProcFd.Reopen(inode.Fd, Fcntl.O_PATH);
        if (fd < 0)
            return request.FailLast();
        var error = HostFile.Adopt(request.Server, parent, fd, out var entry);
        if (error != Errno.None)
            return request.Fail(error);
        entry.ValidFor(HostFile.NameValidity(request.Server, parent, since));
        return request.Done(entry);
    }
}
