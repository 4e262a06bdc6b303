using System;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Rings;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>INIT, DESTROY, INTERRUPT.</summary>
internal static class Session
{
    private const uint Major = 7;
    private const uint NewestMinor = 45;
    private const uint OldestMinor = 27;

    /// <summary>
    /// Pages of one request: what fits into the segments of a chain beside headers. A guest takes no more than its own limit
    /// (fs.fuse.max_pages_limit, 256 at first) and its ring has.
    /// </summary>
    private const ushort MaxPages = DescriptorChain.MaxSegments - 4;
    private const int PageSize = 4096;
    private const ushort PageShift = 12;

    /// <summary>struct fuse_init_in up to its flags: all that is sent before minor 36.</summary>
    private const int ShortInitIn = 16;

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
        if (!InitOffer.TrySettle(offered, request.Server.Options, out var agreed))
        {
            request.Server.Log.GuestLacksOption(offered);
            return request.Fail(Errno.EPROTO);
        }

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
            MapAlignment = (agreed & InitFlag.MapAlignment) != 0 ? PageShift : (ushort)0,
        });
    }

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
