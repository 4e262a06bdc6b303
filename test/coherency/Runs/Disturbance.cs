using System;
using System.Threading.Tasks;
using KataShimNet.Linux.Interop;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>What happens to machines while their clients work: their clocks lag.</summary>
internal enum Disturbance
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>The host has other work for all their processors, for less than a margin at a time.</summary>
    Starved,
    /// <summary>They are stopped by QEMU, for longer than leases and margin: their daemons are told before.</summary>
    Stopped,
}

/// <summary>Disturbs machines in turn, until the work is done.</summary>
/// <param name="pods">The machines.</param>
/// <param name="kind">How.</param>
/// <param name="length">How long a machine stands still.</param>
internal sealed class Disturber(Pod[] pods, Disturbance kind, TimeSpan length)
{
    // In between there is time to be promised something.
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(700);

    /// <summary>How often a machine stood still.</summary>
    public int Count { get; private set; }

    /// <summary>Runs until <paramref name="work"/> completes; whoever stands still then goes on.</summary>
    public async Task RunAsync(Task work)
    {
        while (kind != Disturbance.None && !work.IsCompleted)
        {
            var pod = pods[Count++ % pods.Length];
            if (kind == Disturbance.Starved)
            {
                pod.Signal(Signals.SIGSTOP);
                await Task.Delay(length);
                pod.Signal(Signals.SIGCONT);
            }
            else
            {
                await pod.StopAsync();
                await Task.WhenAny(work, Task.Delay(length));
                await pod.ContinueAsync();
            }

            await Task.WhenAny(work, Task.Delay(s_between));
        }
    }
}
