using System;
using KataShimNet.AgentProto.Prometheus;
using Xunit;

namespace KataShimNet.UnitTests.Prometheus;

public sealed class ExpositionTests
{
    private static readonly MetricFamily s_plain = MetricFamily.Gauge("plain_bytes", "Some bytes.");
    private static readonly MetricFamily s_labelled = MetricFamily.Counter("labelled_total", "A \\ and\na line.", "a", "b");
    private static readonly MetricFamily s_times = MetricFamily.Histogram("times_seconds", "Times.", "method");

    [Fact]
    public void A_family_has_its_head_once_and_every_sample_the_common_labels()
    {
        var text = new Exposition(("namespace", "k8s.io"), ("sandbox", "x"));
        text.Add(s_plain, 12.5);
        text.Add(s_labelled, 1, "one", "two");
        text.Add(s_labelled, 2, "three", "");
        Assert.Equal(
            """
            # HELP plain_bytes Some bytes.
            # TYPE plain_bytes gauge
            plain_bytes{namespace="k8s.io",sandbox="x"} 12.5
            # HELP labelled_total A \\ and\na line.
            # TYPE labelled_total counter
            labelled_total{namespace="k8s.io",sandbox="x",a="one",b="two"} 1
            labelled_total{namespace="k8s.io",sandbox="x",a="three",b=""} 2

            """.ReplaceLineEndings("\n"),
            text.ToString());
    }

    [Theory]
    [InlineData("a\"b", "a\\\"b")]
    [InlineData("a\\b", "a\\\\b")]
    [InlineData("a\nb", "a\\nb")]
    [InlineData("ä}{,=", "ä}{,=")]
    public void A_label_that_has_marks_of_the_format_is_written_so_that_it_is_read_back(string value, string written)
    {
        var text = new Exposition();
        text.Add(s_labelled, 0, value, "\"");
        Assert.EndsWith($"labelled_total{{a=\"{written}\",b=\"\\\"\"}} 0\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_histogram_counts_each_bucket_with_those_below_it()
    {
        var text = new Exposition(("sandbox", "x"));
        text.AddHistogram(s_times, [0.001, 0.01], [3, 0, 2], 1.5, "Get");
        Assert.Equal(
            """
            # HELP times_seconds Times.
            # TYPE times_seconds histogram
            times_seconds_bucket{sandbox="x",method="Get",le="0.001"} 3
            times_seconds_bucket{sandbox="x",method="Get",le="0.01"} 3
            times_seconds_bucket{sandbox="x",method="Get",le="+Inf"} 5
            times_seconds_sum{sandbox="x",method="Get"} 1.5
            times_seconds_count{sandbox="x",method="Get"} 5

            """.ReplaceLineEndings("\n"),
            text.ToString());
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(18446744073709551615d, "1.8446744073709552e+19")]
    [InlineData(9007199254740991d, "9007199254740991")]
    [InlineData(1e-9, "1e-09")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    public void Numbers_are_those_of_the_format(double value, string written)
    {
        var text = new Exposition();
        text.Add(s_plain, value);
        Assert.EndsWith($"plain_bytes {written}\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_of_a_family_that_are_apart_are_a_defect()
    {
        var text = new Exposition();
        text.Add(s_plain, 1);
        text.Add(s_labelled, 1, "", "");
        Assert.Throws<InvalidOperationException>(() => text.Add(s_plain, 2));
        Assert.Throws<ArgumentException>(() => text.Add(s_labelled, 2, "only one"));
    }
}
