using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Pods;

/// <summary>A pod under constant exec does not grow. KATANET_SOAK_SECONDS says how long: <c>make soak</c>; half a minute by default.</summary>
public sealed class PodSoakTests(NodeFixture fixture, ITestOutputHelper output) : PodTest(fixture)
{
    private const int ShortSeconds = 30;
    // In KiB.
    private const long Mib = 1024;

    // What a collector has not yet taken, and what the guest's kernel keeps for later, is no growth.
    private const long AllowedOfShim = 3 * Mib;
    private const long AllowedOfDaemon = 3 * Mib;
    private const long AllowedOfMachine = 48 * Mib;
    private const long AllowedInGuest = 4 * Mib;

    private static readonly int s_seconds =
        int.TryParse(Environment.GetEnvironmentVariable("KATANET_SOAK_SECONDS"), CultureInfo.InvariantCulture, out int seconds) ? seconds : ShortSeconds;

    [Fact]
    public async Task A_pod_under_constant_exec_does_not_grow()
    {
        Assert.SkipUnless(PodScope.IsKatanet, "this looks into our processes");
        Pod pod = await RunPodAsync();
        PodContainer container = await pod.StartAsync("sleep", "1000000");
        // The first ones fill caches and pools.
        for (int n = 0; n < 20; n++)
        {
            (await container.ExecAsync("true")).Exits(0);
        }

        List<PodUsage> samples = [];
        int execs = 0;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < s_seconds || samples.Count < 10;)
        {
            for (int n = 0; n < 5; n++)
            {
                (await container.ExecAsync("sh", "-c", "echo some words; exit 3")).Exits(3).Prints("some words");
                execs++;
            }

            samples.Add(await PodUsage.TakeAsync(container));
        }

        int fifth = samples.Count / 5;
        PodUsage first = PodUsage.Mean([.. samples.Take(fifth)]);
        PodUsage last = PodUsage.Mean([.. samples.TakeLast(fifth)]);
        string guest = string.Join(", ", samples.Chunk(Math.Max(1, fifth)).Select(part => PodUsage.Mean(part).Guest));
        string what = $"{execs} execs in {s_seconds} s; first fifth {first}, last {last}; the guest's in between {guest}";
        output.WriteLine(what);
        Assert.True(last.Processes <= first.Processes, what);
        Assert.True(last.Descriptors <= first.Descriptors + 1, what);
        Assert.True(last.Guest <= first.Guest + AllowedInGuest, what);
        if (s_seconds > ShortSeconds)
        {
            Assert.True(last.Shim <= first.Shim + AllowedOfShim, what);
            Assert.True(last.Daemon <= first.Daemon + AllowedOfDaemon, what);
            Assert.True(last.Machine <= first.Machine + AllowedOfMachine, what);
        }
    }
}
