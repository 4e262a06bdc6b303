using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using KataShimNet.Bench;
using KataShimNet.Bench.Memory;
using KataShimNet.Bench.Starts;
using Xunit;

namespace KataShimNet.UnitTests.Bench;

/// <summary>What the benchmark makes of what it reads; a figure that is missing is an error, never a 0.</summary>
public sealed class BenchReadingTests
{
    private const string Shim = "containerd-shim-katanet-v2";

    [Fact]
    public void MediansAndQuartilesLieBetweenValuesInProportion()
    {
        var even = new Series([4, 1, 3, 2]);
        Assert.Equal((2.5, 1.75, 3.25, 1.0, 4.0), (even.Median, even.LowerQuartile, even.UpperQuartile, even.Min, even.Max));
        Assert.Equal(7, new Series([9, 7, 1]).Median);
        Assert.Throws<ArgumentException>(() => new Series([]));
    }

    [Fact]
    public void StagesComeFromTheMeasuredSandboxesOnly()
    {
        string log = $"noise\n{Started("other", 1)}{Started("bench-start-0", 9000)}{Started("bench-start-1", 10)}{Started("bench-start-2", 30)}";
        IReadOnlyDictionary<string, Series> stages = StageTable.Read(log, 2);
        Assert.Equal(["fsd", "qemu", "kernel", "agent", "total"], stages.Keys);
        Assert.Equal(20, stages["total"].Median);
        Assert.Throws<BenchException>(() => StageTable.Read(log, 3));
        Assert.Throws<BenchException>(() => StageTable.Read(log.Replace("kernel=", "core=", StringComparison.Ordinal), 2));
        Assert.Throws<BenchException>(() => StageTable.Read(log.Replace("10ms", "10s", StringComparison.Ordinal), 2));
    }

    [Fact]
    public void LogfmtValuesMayBeQuoted()
    {
        Dictionary<string, string> fields = Logfmt.Fields("time=1 msg=\"a \\\"b\\\" c=d\" empty= last=x");
        Assert.Equal(("1", "a \"b\" c=d", "", "x"), (fields["time"], fields["msg"], fields["empty"], fields["last"]));
    }

    [Fact]
    public void TheKeeperIsTheShimsChildAndTheWorkerTheKeepers()
    {
        IReadOnlyList<ProcessMemory> processes = ProcessMemory.Parse(
            Process(12, 11, "katanet-fsd", 30) + Process(10, 1, Shim, 10) + Process(11, 10, "katanet-fsd", 20) + Process(13, 10, "qemu-system-x86_64", 40));
        Assert.Equal(["fsd worker 30", "shim 10", "fsd keeper 20", "qemu 40"],
            processes.Select(process => string.Create(CultureInfo.InvariantCulture, $"{process.Role} {process.PssKib}")));
        Assert.Equal([15L, 5, 10, 20], processes.Select(process => process.SharedMemoryKib));
        Assert.Equal(["/bin/x", "", "a b"], processes[0].Arguments);
    }

    [Fact]
    public void AProcessTooFewOrTooManyIsAnError()
    {
        string whole = Process(10, 1, Shim, 1) + Process(11, 10, "katanet-fsd", 1) + Process(12, 11, "katanet-fsd", 1) + Process(13, 10, "qemu-system-x86_64", 1);
        Assert.Equal(4, ProcessMemory.Parse(whole).Count);
        Assert.Throws<BenchException>(() => ProcessMemory.Parse(whole + Process(20, 1, Shim, 1)));
        Assert.Throws<BenchException>(() => ProcessMemory.Parse(Process(10, 1, Shim, 1)));
        Assert.Throws<BenchException>(() => ProcessMemory.Parse(whole.Replace("10 1 " + Shim + " 1 0 1 ", "10 1 " + Shim + "    ", StringComparison.Ordinal)));
    }

    [Fact]
    public void GuestMemoryIsTotalWithoutAvailable()
    {
        Assert.Equal(60, GuestMemory.Parse("MemTotal:      100 kB\nMemFree: 10 kB\nMemAvailable:   40 kB\n").UsedKib);
        Assert.Throws<BenchException>(() => GuestMemory.Parse("MemTotal:      100 kB\n"));
    }

    private static string Started(string sandbox, int milliseconds) => string.Create(CultureInfo.InvariantCulture,
        $"time=x level=info msg=\"sandbox started\" accelerator=TCG fsd=1ms qemu=2ms kernel=3ms agent=4ms total={milliseconds}ms sandbox={sandbox}\n");

    private static string Process(int pid, int parent, string program, int kib) => string.Create(CultureInfo.InvariantCulture,
        $"{pid} {parent} {program} {kib} {kib / 2} {kib} {Convert.ToBase64String(Encoding.UTF8.GetBytes("/bin/x\0\0a b\0"))}\n");
}
