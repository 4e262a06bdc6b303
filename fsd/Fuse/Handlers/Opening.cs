using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>OPEN, OPENDIR, RELEASE, RELEASEDIR.</summary>
internal static class Opening
{
    /// <summary>The flags of open(2) that are carried out on the host.</summary>
    /// <remarks>
    /// O_CREAT, O_EXCL and O_NOFOLLOW are the guest kernel's business, for it gives an inode and no name. O_DIRECT asks for alignment
    /// that guest memory need not have, so only when that was asked for. A guest that collects writes reads what it writes only in
    /// parts, and knows itself where the end is.
    /// </remarks>
    public static int HostFlags(FuseServer server, uint flags)
    {
        var carried = Fcntl.O_ACCMODE | Fcntl.O_APPEND | Fcntl.O_TRUNC | Fcntl.O_SYNC
            | (server.Options.PreserveNoatime ? Fcntl.O_NOATIME : 0)
            | (server.Options.AllowDirectIo ? Fcntl.O_DIRECT : 0);
        var host = (int)flags & carried;
        if (!server.Session.Has(InitFlag.WritebackCache))
            return host;
        if ((host & Fcntl.O_ACCMODE) == Fcntl.O_WRONLY)
            host ^= Fcntl.O_WRONLY | Fcntl.O_RDWR;
        return host & ~Fcntl.O_APPEND;
    }

    /// <summary>Whether flags of open(2) can change a file.</summary>
    public static bool Changes(int flags) => (flags & Fcntl.O_ACCMODE) != Fcntl.O_RDONLY || (flags & Fcntl.O_TRUNC) != 0;

    /// <summary>OPEN of a regular file. A guest opens fifos, sockets and devices itself and never asks for them.</summary>
    public static int Open(Request request)
    {
        if (!request.TryRead(out OpenIn open))
            return request.Fail(Errno.EINVAL);
        if (request.Server.IsSyntheticRoot(request.Header.NodeId))
            return request.Fail(Errno.EISDIR);
        using var node = request.Node();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        var flags = HostFlags(request.Server, open.Flags);
        if (node.Type != SysStat.S_IFREG)
            return request.Fail(WrongType(node.Type));
        if (node.Export.Policy.ReadOnly && Changes(flags))
            return request.Fail(Errno.EROFS);
        using var files = request.Change.In(node.Export.Policy);
        if ((flags & Fcntl.O_TRUNC) != 0 && !files.With(node).TryBegin(out var until))
            return request.Park(until);
        int fd;
        Errno error;
        using (request.Credentials.DropFsetid((open.OpenFlags & WireFlag.OpenKillSuidGid) != 0))
            fd = Reopen(request, node.Fd, flags | Fcntl.O_NONBLOCK, out error);
        if (fd < 0)
            return request.FailOrWait(error);
        if ((flags & Fcntl.O_TRUNC) != 0)
            files.MarkData(fd);
        error = Add(request, node, request.Header.NodeId, fd, flags, out var reply);
        return error != Errno.None
            ? request.Fail(error)
            : request.AfterOpen(request.Header.NodeId, reply.Handle, (flags & Fcntl.O_TRUNC) != 0, request.Done(reply));
    }

    /// <summary>Gives an opened regular file a handle, and counts it in the node's table where others may use it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="node">Its inode.</param>
    /// <param name="nodeId">As the guest calls it.</param>
    /// <param name="fd">The file; taken over in any case.</param>
    /// <param name="flags">How it was opened on the host.</param>
    /// <param name="reply">What the guest is told.</param>
    public static Errno Add(Request request, in InodePin node, ulong nodeId, int fd, int flags, out OpenOut reply)
    {
        var server = request.Server;
        reply = new OpenOut { OpenFlags = server.FileFlags(node.Export.Policy) };
        var counted = OpenCount.None;
        if (node.Export.Policy.Leased && server.Coherence is { } coherence)
        {
            var writable = (flags & Fcntl.O_ACCMODE) != Fcntl.O_RDONLY;
            if (coherence.TryOpen(node.Key, writable))
                counted = writable ? OpenCount.Writer : OpenCount.Reader;
        }

        return server.Handles.Add(node.Export, nodeId, fd, directory: false, counted, node.Key, out reply.Handle);
    }

    /// <summary>Opens a file anew, which may cut it (O_TRUNC).</summary>
    /// <param name="request">The request.</param>
    /// <param name="node">A descriptor of the file.</param>
    /// <param name="flags">Flags of open(2).</param>
    /// <param name="error">None, or why not; EAGAIN: for <see cref="Request.FailOrWait"/>.</param>
    /// <returns>The descriptor, or −1.</returns>
    public static int Reopen(Request request, int node, int flags, out Errno error)
    {
        var change = default(SizeChange);
        error = Errno.None;
        if ((flags & Fcntl.O_TRUNC) != 0)
            change = SizeChange.Begin(request.Server.Cuts, node, 0, request.MayWait, out error);
        if (error != Errno.None)
            return -1;
        var fd = request.Server.ProcFd.Reopen(node, flags);
        error = fd < 0 ? LinuxException.LastErrno : Errno.None;
        if ((flags & Fcntl.O_TRUNC) != 0)
            _ = change.End(error);
        return fd;
    }

    /// <summary>OPENDIR.</summary>
    public static int OpenDirectory(Request request)
    {
        if (!request.TryRead(out OpenIn _))
            return request.Fail(Errno.EINVAL);
        if (request.Server.IsSyntheticRoot(request.Header.NodeId))
            return ReplyDirectory(request, null, -1, 0);
        using var node = request.Node();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        if (node.Type != SysStat.S_IFDIR)
            return request.Fail(Errno.ENOTDIR);
        var fd = Reopen(request, node.Fd);
        return fd < 0
            ? request.FailLast()
            : ReplyDirectory(request, node.Export, fd, node.Export.Policy.DirectoryFlags);
    }

    /// <summary>RELEASE.</summary>
    public static int Release(Request request) => Release(request, directory: false);

    /// <summary>RELEASEDIR.</summary>
    public static int ReleaseDirectory(Request request) => Release(request, directory: true);

    private static Errno WrongType(uint type) => type switch
    {
        SysStat.S_IFDIR => Errno.EISDIR,
        SysStat.S_IFLNK => Errno.ELOOP,
        _ => Errno.ENXIO,
    };

    private static unsafe int Reopen(Request request, int directory)
    {
        var dot = stackalloc byte[] { (byte)'.', 0 };
        return request.Server.ProcFd.Open(directory, dot, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0);
    }

    private static int ReplyDirectory(Request request, Export? export, int fd, uint flags)
    {
        var error = request.Server.Handles.Add(export, request.Header.NodeId, fd, directory: true, out var handle);
        return error != Errno.None ? request.Fail(error) : request.Done(new OpenOut { Handle = handle, OpenFlags = flags });
    }

    private static int Release(Request request, bool directory)
    {
        if (!request.TryRead(out ReleaseIn release))
            return request.Fail(Errno.EINVAL);
        if (!directory && request.Server.Locks.HasAny)
        {
            using var file = request.File(release.Handle);
            if (file.Error == Errno.None)
                request.Server.Locks.Release(request.Header.NodeId, release.Handle, file);
        }

        // A number is never given twice, so one that is gone is the one that a worker released before it died.
        var error = request.Server.Handles.Remove(release.Handle, request.Header.NodeId, directory);
        return request.Fail(error == Errno.EBADF && request.Chain.IsReplayed ? Errno.None : error);
    }
}
