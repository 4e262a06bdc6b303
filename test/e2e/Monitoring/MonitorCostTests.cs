using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux;
using Xunit;

namespace KataShimNet.EndToEndTests.Monitoring;

/// <summary>
/// What a scrape of many idle sandboxes costs: <c>make bench ROWS=monitor</c>. KATANET_SANDBOXES says how many (50), fewer when memory runs short.
/// Nothing is asserted about time.
/// </summary>
public sealed class MonitorCostTests(NodeFixture fixture, ITestOutputHelper output) : PodTest(fixture)
{
    private const int Scrapes = 20;
    private const int BootsAtOnce = 3;
    private const long SpareKib = 3 * 1024 * 1024;

    // Names of processes, as the kernel cuts them, and what they are.
    private static readonly (string Name, string What)[] s_parts =
        [("containerd-shim", "shims"), ("katanet-fsd", "file daemons"), ("qemu-system", "QEMU with the agent in it")];

    [Fact(Explicit = true)]
    public async Task A_scrape_of_many_sandboxes_is_measured()
    {
        int wanted = int.Parse(Environment.GetEnvironmentVariable("KATANET_SANDBOXES") ?? "50", CultureInfo.InvariantCulture);
        int count = 0;
        while (count < wanted && AvailableKib() > SpareKib)
            count += (await Task.WhenAll(Enumerable.Range(0, Math.Min(BootsAtOnce, wanted - count)).Select(_ => RunPodAsync()))).Length;
        await using RunningMonitor monitor = await RunningMonitor.StartAsync(Node, "--time-limit", "60");
        // The first makes connections and buffers.
        string text = await monitor.GetAsync("metrics");
        IReadOnlyList<ProcessEntry> all = ProcessTree.Below(Node.InitPid);
        (string What, int[] Pids)[] parts =
        [
            ("monitor", [monitor.Program.Pid]),
            .. s_parts.Select(part => (part.What, all.Where(process => process.Name.StartsWith(part.Name, StringComparison.Ordinal)).Select(process => process.Pid).ToArray())),
        ];

        // What idle sandboxes take anyway is taken off.
        (double[] idle, double idleSeconds) = await SpentAsync(parts, () => Task.Delay(TimeSpan.FromSeconds(5)));
        List<double> times = [];
        (double[] busy, double busySeconds) = await SpentAsync(parts, async () =>
        {
            for (int i = 0; i < Scrapes; i++)
            {
                long start = Stopwatch.GetTimestamp();
                text = await monitor.GetAsync("metrics");
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        });

        Assert.Contains("katanet_monitor_scrape_errors_total 0\n", text, StringComparison.Ordinal);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count} idle sandboxes, {Scrapes} scrapes: median {times.Order().ElementAt(Scrapes / 2):0} ms, slowest {times.Max():0} ms, {text.Length / 1024} KiB, {text.Count(static c => c == '\n')} lines; memory of the monitor {ProcessMemory.ProportionalKib(monitor.Program.Pid) / 1024.0:0.0} MiB"));
        for (int i = 0; i < parts.Length; i++)
        {
            double each = (busy[i] - (idle[i] * busySeconds / idleSeconds)) * 1000 / Scrapes;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"processor time of a scrape, {parts[i].What}: {each:0.0} ms, {each / count:0.00} ms a sandbox; idle {idle[i] * 100 / idleSeconds:0.0} % of a processor"));
        }
    }

    private static async Task<(double[] Seconds, double Elapsed)> SpentAsync((string What, int[] Pids)[] parts, Func<Task> work)
    {
        long start = Stopwatch.GetTimestamp();
        double[] before = [.. parts.Select(static part => Seconds(part.Pids))];
        await work();
        return ([.. parts.Select((part, i) => Seconds(part.Pids) - before[i])], Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static double Seconds(int[] pids) =>
        pids.Sum(static pid => ProcessStat.Read(pid) is { } stat ? stat.UserTime + stat.SystemTime : 0.0) / ProcessStat.TicksPerSecond;

    private static long AvailableKib() =>
        long.Parse(File.ReadLines("/proc/meminfo").First(static line => line.StartsWith("MemAvailable:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
