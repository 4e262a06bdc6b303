using System;
using System.Diagnostics;
using System.Threading;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.Tracing;

/// <summary>
/// The spans of a sandbox's boot. It begins before containerd calls, so they are made afterwards, below the first call that waited for it.
/// </summary>
internal sealed class BootSpans
{
    private DateTime _begun;
    private DateTime _ended;
    private StageTimes? _times;
    private string? _error;
    private int _told;

    /// <summary>The boot begins.</summary>
    /// <param name="now">The time, UTC.</param>
    public void Begin(DateTime now) => _begun = now;

    /// <summary>The boot is through; called before anybody who waits for it goes on.</summary>
    /// <param name="times">Its stages, as far as it came; null when it did not come far.</param>
    /// <param name="error">Why it failed; null when it did not.</param>
    public void End(StageTimes? times, string? error) => (_ended, _times, _error) = (DateTime.UtcNow, times, error);

    /// <summary>Makes the spans, once, when a call is under way that they belong to.</summary>
    public void Tell()
    {
        if (!ShimTraces.InCall || _ended == default || Interlocked.Exchange(ref _told, 1) != 0)
            return;
        using var boot = ShimTraces.Source.StartActivity("sandbox boot", ActivityKind.Internal, Activity.Current!.Context, startTime: _begun);
        if (boot is null)
            return;
        if (_error is { } error)
            boot.SetStatus(ActivityStatusCode.Error, CallSpan.Short(error));
        if (_times is { } times)
        {
            foreach (var (name, after, took) in times.Stages)
                Stage(boot, name, times.StartedAt + after, took);
        }

        boot.SetEndTime(_ended);
    }

    private static void Stage(Activity boot, string name, DateTime start, TimeSpan took)
    {
        // What a boot that failed did not come to.
        if (took <= TimeSpan.Zero)
            return;
        using var stage = ShimTraces.Source.StartActivity(name, ActivityKind.Internal, boot.Context, startTime: start);
        stage?.SetEndTime(start + took);
    }
}
