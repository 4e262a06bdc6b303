using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>GETATTR, STATX, ACCESS.</summary>
internal static unsafe class Attributes
{
    /// <summary>AT_STATX_FORCE_SYNC and AT_STATX_DONT_SYNC: all that a guest may choose.</summary>
    private const uint StatxSyncFlags = 0x6000;

    /// <summary>GETATTR. A handle may be given; its inode says the same.</summary>
    public static int Get(Request request)
    {
        if (!request.TryRead(out GetattrIn _))
            return request.Fail(Errno.EINVAL);
        if (request.Server.IsSyntheticRoot(request.Header.NodeId))
            return request.Done(new AttrOut { Valid = 1, Attributes = SyntheticRoot.Attributes(request.Server) });
        using var node = request.Node();
        return node.Error != Errno.None ? request.Fail(node.Error) : HostFile.ReplyAttributes(request, node);
    }

    /// <summary>STATX: with birth time.</summary>
    public static int Statx(Request request)
    {
        if (!request.TryRead(out StatxIn query) || (query.Flags & ~StatxSyncFlags) != 0)
            return request.Fail(Errno.EINVAL);
        if (request.Server.IsSyntheticRoot(request.Header.NodeId))
            return request.Done(new StatxOut { Valid = 1, Statx = SyntheticRoot.Statx(request.Server) });
        using var node = request.Node();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        const uint known = SysStat.STATX_BASIC_STATS | SysStat.STATX_BTIME;
        var since = HostFile.Since(node.Export.Policy);
        Statx host;
        byte empty = 0;
        // The change time tells whether somebody changed the file whom nobody knows.
        var mask = (query.Mask & known) | (node.Export.Policy.Leased ? SysStat.STATX_CTIME : 0);
        if (SysStat.statx(node.Fd, &empty, Fcntl.AT_EMPTY_PATH | (int)query.Flags, mask, &host) < 0)
            return request.FailLast();
        var valid = HostFile.AttributeValidity(request.Server, node.Export.Policy, node.NodeId, host, since);
        request.Server.Inodes.NoteSize(node.NodeId, host.Size);
        return request.Done(new StatxOut
        {
            Valid = valid.Seconds,
            ValidNanoseconds = valid.Nanoseconds,
            Statx = new FuseStatx
            {
                Mask = host.Mask & known,
                BlockSize = host.BlockSize,
                AttributeBits = host.Attributes,
                Links = host.Links,
                Uid = request.Server.Uids is { } uids ? uids.ToGuest(host.Uid) : host.Uid,
                Gid = request.Server.Gids is { } gids ? gids.ToGuest(host.Gid) : host.Gid,
                Mode = host.Mode,
                Inode = host.Inode,
                FileSize = host.Size,
                Blocks = host.Blocks,
                AttributeMask = host.AttributesMask,
                AccessTime = Time(host.AccessTime),
                BirthTime = Time(host.BirthTime),
                ChangeTime = Time(host.ChangeTime),
                ModifyTime = Time(host.ModifyTime),
                RdevMajor = host.RdevMajor,
                RdevMinor = host.RdevMinor,
                DevMajor = host.DevMajor,
                DevMinor = host.DevMinor,
            },
        });
    }

    /// <summary>
    /// ACCESS: not sent by a guest that checks permissions itself, as virtio-fs guests do; for others, by mode and ids.
    /// </summary>
    public static int Access(Request request)
    {
        if (!request.TryRead(out AccessIn access) || access.Mask > 7)
            return request.Fail(Errno.EINVAL);
        if (request.Server.IsSyntheticRoot(request.Header.NodeId))
            return (access.Mask & Unistd.W_OK) != 0 ? request.Fail(Errno.EROFS) : request.Done();
        using var node = request.Node();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        Statx statx;
        if (HostFile.Stat(node.Fd, &statx) < 0)
            return request.FailLast();
        if ((access.Mask & Unistd.W_OK) != 0 && node.Export.Policy.ReadOnly)
            return request.Fail(Errno.EROFS);
        uint mode = statx.Mode;
        var granted = request.Header.Uid == 0 ? Unistd.R_OK | Unistd.W_OK | ((mode & 0x49) != 0 || node.Type == SysStat.S_IFDIR ? 1u : 0)
            : request.Header.Uid == (request.Server.Uids?.ToGuest(statx.Uid) ?? statx.Uid) ? mode >> 6
            : request.Header.Gid == (request.Server.Gids?.ToGuest(statx.Gid) ?? statx.Gid) ? mode >> 3
            : mode;
        return (access.Mask & ~granted & 7) == 0 ? request.Done() : request.Fail(Errno.EACCES);
    }

    private static SxTime Time(in StatxTimestamp time) => new() { Seconds = time.Seconds, Nanoseconds = time.Nanoseconds };
}
