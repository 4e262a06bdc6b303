using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;

namespace KataShimNet.IntegrationTests.Resume;

/// <summary>Kills workers of a daemon.</summary>
public sealed partial class Killer(Share share)
{
    /// <summary>Process id of the worker as it is now.</summary>
    public int Worker => share.Fsd!.Control.GetStatusAsync().Result.WorkerPid;

    /// <summary>How long the daemon says that each new worker took to go on, in milliseconds.</summary>
    public IReadOnlyList<double> Resumptions => [.. Resumed().Matches(share.Process.Log).Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];

    /// <summary>Kills the worker with SIGKILL. Its end is seen; that another has taken its place is not.</summary>
    public int Kill()
    {
        var pid = Worker;
        using var process = PidFd.TryOpen(pid) ?? throw new InvalidOperationException($"there is no worker {pid}\n{share.Process.Log}");
        _ = process.Kill(9);
        if (!process.WaitForExit(TimeSpan.FromSeconds(5)))
            throw new TimeoutException($"worker {pid} lives on");
        return pid;
    }

    /// <summary>Kills the worker and waits until another serves.</summary>
    public void KillAndAwaitNext()
    {
        var old = Kill();
        var clock = Stopwatch.StartNew();
        while (Worker == old)
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(10))
                throw new TimeoutException("no other worker came");
            Thread.Yield();
        }
    }

    [GeneratedRegex(@"milliseconds=([0-9.]+)")]
    private static partial Regex Resumed();
}
