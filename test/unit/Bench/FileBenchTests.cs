using System.Linq;
using System.Xml.Linq;
using KataShimNet.Bench.Files;
using KataShimNet.Bench.Files.Measuring;
using KataShimNet.Bench.Reports;
using Xunit;

namespace KataShimNet.UnitTests.Bench;

/// <summary>What the file system benchmark makes of what it measures.</summary>
public sealed class FileBenchTests
{
    [Fact]
    public void SystemCallsAreCountedPerUnitWithoutTheTotal()
    {
        string[] table =
        [
            "% time     seconds  usecs/call     calls    errors syscall",
            "------ ----------- ----------- --------- --------- ----------------",
            " 60.00    0.000060           1       200           pread64",
            " 40.00    0.000040           1        50         3 read",
            "  0.00    0.000000           0         0           futex",
            "------ ----------- ----------- --------- --------- ----------------",
            "100.00    0.000100           1       250         3 total",
        ];
        var calls = SystemCalls.Parse(table, 100);
        Assert.Equal([("pread64", 2.0), ("read", 0.5)], calls.Select(c => (c.Key, c.Value)));
    }

    [Fact]
    public void PercentilesAreThoseOfTheSamples()
    {
        var record = new LatencyRecord();
        for (int i = 1000; i > 0; i--)
            record.Add(i);
        Assert.Equal((501, 991), record.Percentiles());
        record.Clear();
        record.Add(7);
        Assert.Equal((7, 7), record.Percentiles());
    }

    [Fact]
    public void APlotHasABarForEachRowAndALineForEachGoal()
    {
        XElement svg = XElement.Parse(BarPlot.Draw("a < b", [new("x & y", 2, 1, 3), new("z", 1, 0.5, 100)], [1, 1.3]));
        XNamespace names = "http://www.w3.org/2000/svg";
        double[] widths = [.. svg.Elements(names + "rect").Skip(1).Select(r => (double)r.Attribute("width")!)];
        Assert.Equal(2, widths.Length);
        Assert.Equal(2, widths[0] / widths[1], 2);
        Assert.Equal(4, svg.Elements(names + "path").Count());
        Assert.Contains(svg.Elements(names + "text"), t => t.Value == "x & y");
        // The whisker of the wild round ends inside of the image.
        Assert.All(svg.Elements(names + "text"), t => Assert.True((double)t.Attribute("x")! < (double)svg.Attribute("width")!));
    }
}
