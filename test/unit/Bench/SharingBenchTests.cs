using System.Globalization;
using System.Linq;
using KataShimNet.Bench;
using KataShimNet.Bench.Sharing;
using Xunit;

namespace KataShimNet.UnitTests.Bench;

/// <summary>What the benchmark of shared volumes makes of what the guest prints.</summary>
public sealed class SharingBenchTests
{
    [Fact]
    public void TouchesAreReadByTheirPlaceAndTheFirstPassIsNoneOfTheSteadyOnes()
    {
        // The first pass takes as many milliseconds as ranges are mapped, later ones 1000.
        string output = string.Concat(Enumerable.Range(0, 256).Select(i => string.Create(CultureInfo.InvariantCulture, $"{(i < 128 ? i : 1000)}.000\n")));
        TouchTimes times = TouchTimes.Read([output, output], 128);
        Assert.Equal([(10, 10.0), (30, 30.0), (60, 60.0)], times.Live.Select(live => (live.Key, live.Value.Median)));
        Assert.Equal((256, 1000.0, 1000.0), (times.Steady.Values.Count, times.Steady.Min, times.Steady.Max));
    }

    [Fact]
    public void APassThatBrokeOffIsAnError()
    {
        Assert.Throws<BenchException>(() => TouchTimes.Read([string.Concat(Enumerable.Repeat("1.000\n", 200))], 128));
        Assert.Throws<BenchException>(() => TouchTimes.Read([string.Concat(Enumerable.Repeat("Bus error\n", 256))], 128));
    }

    [Fact]
    public void CallsHaveAValuePerRoundAndNoneIsMissing()
    {
        CallTimes times = CallTimes.Read("x", ["stat 1.5\nopen-close 2\nread 3\ncreate 4\n", "stat 2.5\nopen-close 2\nread 3\ncreate 4\n"]);
        Assert.Equal([1.5, 2.5], times.Microseconds["stat"].Values);
        Assert.Throws<BenchException>(() => CallTimes.Read("x", ["stat 1\nopen-close 2\nread 3\n"]));
    }

    [Fact]
    public void MemoryIsByWhatCachedGrew()
    {
        const string before = "MemTotal: 9 kB\nCached:   1024 kB\nSwapCached: 7 kB\n", after = "MemTotal: 9 kB\nSwapCached: 0 kB\nCached:   3072 kB\n";
        Assert.Equal(new KeptMemory("x", "mapped", 2), KeptMemory.Read("x", "mapped", before, after));
        Assert.Throws<BenchException>(() => KeptMemory.Read("x", "mapped", before, "MemFree: 1 kB\n"));
    }
}
