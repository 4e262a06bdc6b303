using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Locks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>GETLK, SETLK, SETLKW: POSIX locks, and the locks of flock(2).</summary>
internal static class FileLocks
{
    /// <summary>GETLK. There is no such thing for flock.</summary>
    public static int Get(Request request)
    {
        if (!TryRead(request, out var wanted) || wanted.Lock.Type == Fcntl.F_UNLCK || wanted.Flags != 0)
            return request.Fail(Errno.EINVAL);
        using var file = request.File(wanted.Handle);
        if (file.Error != Errno.None)
            return request.Fail(file.Error);
        var query = wanted.Lock;
        if (file.Export!.Policy.NobodyWrites)
            return request.Done(new LkOut { Lock = new FileLock { Type = Fcntl.F_UNLCK } });
        var error = request.Server.Locks.Get(request.Header.NodeId, file, wanted.Owner, ref query);
        return error == Errno.None ? request.Done(new LkOut { Lock = query }) : request.Fail(error);
    }

    /// <summary>SETLK.</summary>
    public static int Set(Request request) => Set(request, wait: false);

    /// <summary>SETLKW: waits, on no thread of a queue.</summary>
    public static int SetWaiting(Request request) => Set(request, wait: true);

    private static int Set(Request request, bool wait)
    {
        if (!TryRead(request, out var wanted))
            return request.Fail(Errno.EINVAL);
        var flock = (wanted.Flags & WireFlag.LockFlock) != 0;
        var file = request.File(wanted.Handle);
        if (file.Error != Errno.None)
            return request.Fail(file.Error);
        if (flock || !file.Export!.Policy.NobodyWrites)
            return request.Server.Locks.Set(request, file, wanted, flock, wait);

        // Its closes are not told (FOPEN_NOFLUSH), so nothing may be locked; nobody can have a lock that is in the way.
        file.Dispose();
        return wanted.Lock.Type == Fcntl.F_WRLCK ? request.Fail(Errno.EBADF) : request.Done();
    }

    private static bool TryRead(Request request, out LkIn wanted) =>
        request.TryRead(out wanted)
        && wanted.Lock.Type is Fcntl.F_RDLCK or Fcntl.F_WRLCK or Fcntl.F_UNLCK
        && wanted.Lock.Start <= wanted.Lock.End
        && wanted.Lock.End <= HostLock.LastByte
        && (wanted.Flags & ~WireFlag.LockFlock) == 0;
}
