using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>CREATE and TMPFILE: a new file, opened.</summary>
internal static unsafe class Creating
{
    // Each time somebody else removes and makes the name between two system calls; then the guest begins anew.
    private const int MostTries = 8;

    /// <summary>CREATE.</summary>
    public static int Create(Request request)
    {
        if (!request.TryRead(out CreateIn create))
            return request.Fail(Errno.EINVAL);
        var error = request.TryReadName();
        if (error != Errno.None)
            return request.Fail(error);
        error = SecurityContext.Read(request, out var context);
        if (error != Errno.None)
            return request.Fail(error);
        using var parent = request.WritableNode();
        if (parent.Error != Errno.None)
            return request.Fail(parent.Error);

        // Always exclusive: what is there already, perhaps a fifo or a link, must be looked at before it is opened.
        var flags = Opening.HostFlags(request.Server, create.Flags) | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW;
        using var files = request.Change.In(parent.Export.Policy).With(parent);
        if (!files.TryBegin(out var until))
            return request.Park(until);
        Replay.BeginMaking(request);
        var fd = Make(request, parent, request.Name, flags, create, context, ref error);
        if (fd < 0 && error == Errno.EEXIST && ((create.Flags & Fcntl.O_EXCL) == 0 || Replay.HasMade(request, parent.Fd, SysStat.S_IFREG)))
        {
            fd = OpenExisting(request, parent, create, out error, out until);
            for (var tries = 1; tries < MostTries && fd < 0 && error == Errno.ENOENT; tries++)
            {
                fd = Make(request, parent, request.Name, flags, create, context, ref error);
                if (fd < 0 && error == Errno.EEXIST)
                    fd = OpenExisting(request, parent, create, out error, out until);
            }

            if (fd < 0 && error == Errno.ENOENT)
                error = Errno.ESTALE;
        }

        if (until != 0)
            return request.Park(until);
        return fd < 0 ? request.FailOrWait(error) : Reply(request, parent, fd, flags, (create.Flags & Fcntl.O_TRUNC) != 0);
    }

    /// <summary>TMPFILE: the name in the request means nothing.</summary>
    public static int Tmpfile(Request request)
    {
        if (!request.TryRead(out CreateIn create))
            return request.Fail(Errno.EINVAL);
        SecurityContext context = default;
        var error = Errno.None;
        if (request.Server.Session.Has(InitFlag.SecurityContext))
        {
            error = request.TryReadString(request.Path, Request.PathMax, out _);
            if (error == Errno.None)
                error = SecurityContext.Read(request, out context);
        }

        if (error != Errno.None)
            return request.Fail(error);
        using var parent = request.WritableNode();
        if (parent.Error != Errno.None)
            return request.Fail(parent.Error);
        var dot = stackalloc byte[] { (byte)'.', 0 };
        var flags = Opening.HostFlags(request.Server, create.Flags) | ((int)create.Flags & Fcntl.O_EXCL) | Fcntl.O_TMPFILE;
        var fd = Make(request, parent, dot, flags, create, context, ref error);
        return fd < 0 ? request.Fail(error) : Reply(request, parent, fd, flags, cut: false);
    }

    private static int Make(
        Request request, in InodePin parent, byte* name, int flags, in CreateIn create, in SecurityContext context, ref Errno error)
    {
        int fd;
        using (request.BecomeCaller(create.Umask, out error))
        {
            if (error != Errno.None)
                return -1;
            fd = request.Server.ProcFd.Open(parent.Fd, name, flags, create.Mode & 0xfff);
            if (fd < 0)
                error = LinuxException.LastErrno;
        }

        if (fd < 0 || !context.IsSet)
            return fd;
        error = context.Apply(fd);
        if (error == Errno.None)
            return fd;
        if ((flags & Fcntl.O_CREAT) != 0)
            _ = Unistd.unlinkat(parent.Fd, name, 0);
        _ = Unistd.close(fd);
        return -1;
    }

    // ENOENT when it went away meanwhile. What others made since the guest's lookup and is no file: a guest that gets ESTALE looks again,
    // and then does what open does with fifos and links.
    private static int OpenExisting(Request request, in InodePin parent, in CreateIn create, out Errno error, out long until)
    {
        error = Errno.None;
        until = 0;
        var fd = -1;
        var path = request.Server.ProcFd.Open(parent.Fd, request.Name, Fcntl.O_PATH | Fcntl.O_NOFOLLOW, 0);
        var flags = Opening.HostFlags(request.Server, create.Flags);
        using var truncated = request.Truncation.In(parent.Export.Policy);
        Statx statx;
        if (path < 0 || HostFile.Stat(path, &statx) < 0)
            error = LinuxException.LastErrno;
        else if ((statx.Mode & SysStat.S_IFMT) != SysStat.S_IFREG)
            error = (statx.Mode & SysStat.S_IFMT) == SysStat.S_IFDIR ? Errno.EISDIR : Errno.ESTALE;
        else if ((flags & Fcntl.O_TRUNC) != 0 && !truncated.With(parent, statx).TryBegin(out until))
            error = Errno.EAGAIN;
        else
        {
            using var privileges = request.Credentials.DropFsetid((create.OpenFlags & WireFlag.OpenKillSuidGid) != 0);
            fd = Opening.Reopen(request, path, flags, out error);
            if (fd >= 0 && (flags & Fcntl.O_TRUNC) != 0)
                truncated.MarkData(fd);
        }

        if (path >= 0)
            _ = Unistd.close(path);
        return fd;
    }

    private static int Reply(Request request, in InodePin parent, int fd, int flags, bool cut)
    {
        // By way of the opened file and not of its name, which may be another's by now.
        var path = request.Server.ProcFd.Reopen(fd, Fcntl.O_PATH);
        EntryOut entry = default;
        var error = path < 0 ? LinuxException.LastErrno : HostFile.Adopt(request.Server, parent, path, out entry);
        if (error != Errno.None)
        {
            _ = Unistd.close(fd);
            return request.Fail(error);
        }

        using var node = request.Server.PinNode(entry.NodeId, Errno.ESTALE);
        if (node.Error != Errno.None)
        {
            _ = Unistd.close(fd);
            return request.Fail(node.Error);
        }

        error = Opening.Add(request, node, entry.NodeId, fd, flags, out var open);
        return error != Errno.None
            ? request.Fail(error)
            : request.AfterOpen(entry.NodeId, open.Handle, cut, request.Done(new CreateOut { Entry = entry, Open = open }));
    }
}
