using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>FLUSH, FSYNC, FSYNCDIR, SYNCFS, STATFS.</summary>
internal static unsafe class Syncing
{
    /// <summary>
    /// FLUSH: at every close of a descriptor. No data are kept back here; what ends is the owner's POSIX locks.
    /// </summary>
    public static int Flush(Request request)
    {
        if (!request.TryRead(out FlushIn flush))
            return request.Fail(Errno.EINVAL);
        using var file = request.File(flush.Handle);
        if (file.Error == Errno.None)
            request.Server.Locks.Flush(request.Header.NodeId, flush.LockOwner);
        return request.Fail(file.Error);
    }

    /// <summary>FSYNC.</summary>
    public static int Fsync(Request request) => Fsync(request, directory: false);

    /// <summary>FSYNCDIR.</summary>
    public static int FsyncDirectory(Request request) => Fsync(request, directory: true);

    /// <summary>SYNCFS: the whole file system behind an inode, which an O_PATH descriptor does not do.</summary>
    public static int Syncfs(Request request)
    {
        if (!request.TryRead(out SyncfsIn _))
            return request.Fail(Errno.EINVAL);
        if (request.Server.IsSyntheticRoot(request.Header.NodeId))
            return request.Done();
        using var node = request.Node();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        if (node.Type is not (SysStat.S_IFDIR or SysStat.S_IFREG))
            return request.Fail(Errno.EINVAL);
        var fd = request.Server.ProcFd.Reopen(node.Fd, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK);
        if (fd < 0)
            return request.FailLast();
        var call = request.Server.SlowCalls.Rent();
        call.Chain = request.Chain;
        call.Unique = request.Header.Unique;
        call.Operation = SlowOperation.Syncfs;
        call.OwnFd = fd;
        return request.Server.SlowCalls.Start(call);
    }

    /// <summary>STATFS.</summary>
    public static int Statfs(Request request)
    {
        if (request.Server.IsSyntheticRoot(request.Header.NodeId))
            return request.Done(new StatfsOut { BlockSize = 4096, FragmentSize = 4096, NameLength = Request.NameMax });
        using var node = request.Node();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        Linux.Interop.Statfs host;
        if (SysStatfs.fstatfs(node.Fd, &host) < 0)
            return request.FailLast();
        return request.Done(new StatfsOut
        {
            Blocks = host.Blocks,
            BlocksFree = host.BlocksFree,
            BlocksAvailable = host.BlocksAvailable,
            Files = host.Files,
            FilesFree = host.FilesFree,
            BlockSize = (uint)host.BlockSize,
            NameLength = (uint)host.NameLength,
            FragmentSize = (uint)host.FragmentSize,
        });
    }

    private static int Fsync(Request request, bool directory)
    {
        if (!request.TryRead(out FsyncIn fsync))
            return request.Fail(Errno.EINVAL);
        var file = request.Server.PinHandle(fsync.Handle, request.Header.NodeId, directory);
        if (file.Error != Errno.None)
            return request.Fail(file.Error);
        if (file.Fd < 0)
        {
            file.Dispose();
            return request.Done();
        }

        var call = request.Server.SlowCalls.Rent();
        call.Chain = request.Chain;
        call.Unique = request.Header.Unique;
        call.Operation = (fsync.Flags & WireFlag.FsyncDataOnly) != 0 ? SlowOperation.Fdatasync : SlowOperation.Fsync;
        call.File = file;
        return request.Server.SlowCalls.Start(call);
    }
}
