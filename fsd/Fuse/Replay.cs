using KataShimNet.Fsd.Rings.Inflight;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// Requests that are done again because a worker died on them meet their own effects. Before it changes anything that cannot simply be
/// changed twice, a handler notes that it begins; whoever does the request again asks here whether an error is that effect.
/// </summary>
internal static unsafe class Replay
{
    /// <summary>Notes that a name is about to be made: what is there later and is younger is ours.</summary>
    /// <param name="request">The request.</param>
    public static void BeginMaking(Request request)
    {
        // A replay keeps the time of the first attempt.
        if (request.Chain.Effect == EffectState.None)
            request.Chain.NoteEffect(EffectState.Begun, Now());
    }

    /// <summary>Whether a name that is there already was made by the first attempt.</summary>
    /// <param name="request">The request.</param>
    /// <param name="parent">The folder.</param>
    /// <param name="type">What was to be made: S_IFMT bits.</param>
    public static bool HasMade(Request request, int parent, uint type)
    {
        if (!request.Chain.IsReplayed || request.Chain.Effect == EffectState.None)
            return false;
        Statx statx;
        return SysStat.statx(parent, request.Name, Fcntl.AT_SYMLINK_NOFOLLOW, HostFile.StatxMask | SysStat.STATX_BTIME, &statx) == 0
            && (statx.Mode & SysStat.S_IFMT) == type
            && Nanoseconds((statx.Mask & SysStat.STATX_BTIME) != 0 ? statx.BirthTime : statx.ChangeTime) >= request.Chain.EffectDetail;
    }

    /// <summary>Whether a name is a link to an inode, made by the first attempt.</summary>
    /// <param name="request">The request.</param>
    /// <param name="parent">The folder.</param>
    /// <param name="target">The inode.</param>
    public static bool HasLinked(Request request, int parent, int target)
    {
        Statx name;
        Statx inode;
        return HasBegun(request)
            && SysStat.statx(parent, request.Name, Fcntl.AT_SYMLINK_NOFOLLOW, HostFile.StatxMask, &name) == 0
            && HostFile.Stat(target, &inode) == 0
            && (name.Inode, name.DevMajor, name.DevMinor) == (inode.Inode, inode.DevMajor, inode.DevMinor);
    }

    /// <summary>Notes that a change is about to be made.</summary>
    /// <param name="request">The request.</param>
    /// <param name="detail">A number that says more.</param>
    public static void Begin(Request request, ulong detail = 0)
    {
        if (request.Chain.Effect == EffectState.None)
            request.Chain.NoteEffect(EffectState.Begun, detail);
    }

    /// <summary>Notes that a change was made, when it was.</summary>
    /// <param name="request">The request.</param>
    /// <param name="result">What the call returned: 0, or −1 with errno.</param>
    /// <returns>The same.</returns>
    public static int End(Request request, int result)
    {
        if (result == 0)
            request.Chain.NoteEffect(EffectState.Applied, request.Chain.EffectDetail);
        return result;
    }

    /// <summary>Whether the first attempt got as far as to begin.</summary>
    /// <param name="request">The request.</param>
    public static bool HasBegun(Request request) => request.Chain.IsReplayed && request.Chain.Effect != EffectState.None;

    /// <summary>Whether the first attempt made the change.</summary>
    /// <param name="request">The request.</param>
    public static bool IsDone(Request request) => request.Chain.IsReplayed && request.Chain.Effect == EffectState.Applied;

    /// <summary>Answers a call, where one error may be the effect of the first attempt.</summary>
    /// <param name="request">The request.</param>
    /// <param name="result">What the call returned: 0, or −1 with errno.</param>
    /// <param name="own">The error.</param>
    public static int Result(Request request, int result, Errno own)
    {
        if (result == 0)
            return request.Done();
        var error = LinuxException.LastErrno;
        return error == own && HasBegun(request) ? request.Done() : request.Fail(error);
    }

    // The clock that times of files are taken from.
    private static ulong Now()
    {
        Timespec now;
        _ = SysTime.clock_gettime(SysTime.CLOCK_REALTIME_COARSE, &now);
        return (ulong)now.Seconds * 1_000_000_000 + (ulong)now.Nanoseconds;
    }

    private static ulong Nanoseconds(in StatxTimestamp time) => (ulong)time.Seconds * 1_000_000_000 + time.Nanoseconds;
}
