using System;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>INIT, DESTROY, INTERRUPT.</summary>
internal static class Session
{
    private const uint Major = 7;
    private const uint NewestMinor = 45;
    private const uint OldestMinor = 27;

    /// <summary>Pages of one request: 1 MiB.</summary>
    private const ushort MaxPages = 256;
    private const int PageSize = 4096;

    /// <summary>struct fuse_init_in up to its flags: all that is sent before minor 36.</summary>
    private const int ShortInitIn = 16;

    /// <summary>
    /// What we offer. Not FUSE_WRITEBACK_CACHE: it is for the whole connection, and an export of class shared must not have dirty
    /// data that others do not see. Not FUSE_DONT_MASK: without it the guest's kernel applies the umask, which is right as long
    /// as there are no default ACLs. Not FUSE_EXPORT_SUPPORT: it would allow lookups of "..".
    /// </summary>
    private const ulong Offered = InitFlag.AsyncRead | InitFlag.AtomicTruncate | InitFlag.BigWrites | InitFlag.AutoInvalidateData
        | InitFlag.DoReaddirplus | InitFlag.ReaddirplusAuto | InitFlag.AsyncDirectIo | InitFlag.ParallelDirectoryOperations
        | InitFlag.PosixLocks | InitFlag.FlockLocks | InitFlag.MaxPages | InitFlag.Submounts | InitFlag.HandleKillprivV2 | InitFlag.InitExt;

    /// <summary>Begins a session. A second INIT means that the guest's driver started anew: what the first one held is dropped.</summary>
    public static int Init(Request request)
    {
        if (request.Remaining < ShortInitIn)
            return request.Fail(Errno.EINVAL);
        var room = Math.Min(request.Remaining, InitIn.Size);
        request.ReadPart(out InitIn init, (int)room);
        if (init.Major > Major)
        {
            // The guest asks again with the version that it is told.
            return request.Done(new InitOut { Major = Major, Minor = NewestMinor });
        }

        if (init.Major < Major || init.Minor < OldestMinor)
            return request.Fail(Errno.EPROTO);
        var offered = init.Flags | ((init.Flags & InitFlag.InitExt) != 0 ? (ulong)init.Flags2 << 32 : 0);
        var agreed = offered & Offered & ~Declined(request.Server.Options);
        request.Server.Reset();
        request.Server.Session.Flags = agreed;
        request.Server.Log.SessionBegins(init.Minor, agreed);
        return request.Done(new InitOut
        {
            Major = Major,
            Minor = Math.Min(init.Minor, NewestMinor),
            MaxReadahead = init.MaxReadahead,
            Flags = (uint)agreed,
            Flags2 = (uint)(agreed >> 32),
            // The ring bounds what is in flight; the guest must not hold back before that.
            MaxBackground = ushort.MaxValue,
            CongestionThreshold = ushort.MaxValue / 4 * 3,
            MaxWrite = MaxPages * PageSize,
            TimeGranularity = 1,
            MaxPages = (agreed & InitFlag.MaxPages) != 0 ? MaxPages : (ushort)0,
        });
    }

    /// <summary>What the command line takes away from the offer.</summary>
    private static ulong Declined(ServingOptions options) =>
        (options.Readdirplus ? 0 : InitFlag.DoReaddirplus | InitFlag.ReaddirplusAuto)
        | (options.AnnounceSubmounts ? 0 : InitFlag.Submounts)
        | (options.HostLocks ? 0 : InitFlag.PosixLocks | InitFlag.FlockLocks)
        | (options.KillPriv ? 0 : InitFlag.HandleKillprivV2);

    /// <summary>Ends a session: everything that the guest held is dropped.</summary>
    public static int Destroy(Request request)
    {
        request.Server.Reset();
        return request.Done();
    }

    /// <summary>Has no reply. Linux never sends it over virtio; for others, what waits for a lock waits no longer.</summary>
    public static int Interrupt(Request request)
    {
        if (request.TryRead(out InterruptIn interrupt))
            request.Server.Locks.Interrupt(interrupt.Unique);
        return 0;
    }
}
