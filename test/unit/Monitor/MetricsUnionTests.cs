using KataShimNet.Monitor.Scraping;
using Xunit;

namespace KataShimNet.UnitTests.Monitor;

/// <summary>Texts of several sandboxes become one that Prometheus takes.</summary>
public sealed class MetricsUnionTests
{
    private readonly MetricsUnion _union = new();

    [Fact]
    public void EachFamilyIsInOnePieceAndHasItsHeadOnce()
    {
        Assert.True(_union.Add("# HELP a_total All a.\n# TYPE a_total counter\na_total{sandbox=\"1\"} 1\n# HELP b B.\n# TYPE b gauge\nb{sandbox=\"1\"} 2.5\n"));
        Assert.True(_union.Add("# HELP b B in other words.\n# TYPE b gauge\nb{sandbox=\"2\"} NaN\n# HELP a_total All a.\n# TYPE a_total counter\na_total{sandbox=\"2\"} 3 1700000000000\n"));
        Assert.Equal(
            "# HELP a_total All a.\n# TYPE a_total counter\na_total{sandbox=\"1\"} 1\na_total{sandbox=\"2\"} 3 1700000000000\n"
            + "# HELP b B.\n# TYPE b gauge\nb{sandbox=\"1\"} 2.5\nb{sandbox=\"2\"} NaN\n",
            _union.ToString());
    }

    [Fact]
    public void PartsOfAHistogramStayWithIt()
    {
        const string First = "# HELP h H.\n# TYPE h histogram\nh_bucket{sandbox=\"1\",le=\"1\"} 1\nh_bucket{sandbox=\"1\",le=\"+Inf\"} 2\nh_sum{sandbox=\"1\"} 3\nh_count{sandbox=\"1\"} 2\n";
        string second = First.Replace("sandbox=\"1\"", "sandbox=\"2\"", System.StringComparison.Ordinal);
        Assert.True(_union.Add(First));
        Assert.True(_union.Add("h_other 1\n"));
        Assert.True(_union.Add(second));
        Assert.Equal(First + second[(second.IndexOf("histogram\n", System.StringComparison.Ordinal) + 10)..] + "h_other 1\n", _union.ToString());
    }

    [Fact]
    public void WhatOneHasAloneIsTakenOver()
    {
        Assert.True(_union.Add("# HELP a A.\n# TYPE a gauge\na 1\n# HELP empty Nothing.\n# TYPE empty gauge\n"));
        Assert.True(_union.Add("# a remark\n\nwithout_head{x=\"}, \\\" {\"} +Inf"));
        Assert.Equal("# HELP a A.\n# TYPE a gauge\na 1\nwithout_head{x=\"}, \\\" {\"} +Inf\n", _union.ToString());
    }

    [Fact]
    public void ATextThatPrometheusWouldRefuseIsLeftOutAsAWhole()
    {
        Assert.True(_union.Add("# TYPE a gauge\na 1\n"));
        Assert.False(_union.Add("# HELP b B.\n# TYPE b gauge\nb 1\n# TYPE a counter\na 2\n"));
        Assert.Equal("# TYPE a gauge\na 1\n", _union.ToString());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a ")]
    [InlineData("1a 1")]
    [InlineData("a one")]
    [InlineData("a 1 soon")]
    [InlineData("a{b=\"c} 1")]
    [InlineData("a{b=\"c\\\"} 1")]
    [InlineData("a{b=c} 1")]
    [InlineData("a{b=\"c\"d=\"e\"} 1")]
    [InlineData("a{b=\"c\"}1")]
    public void ALineThatIsNoSampleSpoilsItsTextOnly(string line)
    {
        Assert.False(_union.Add($"good 1\n{line}\n"));
        Assert.Equal("", _union.ToString());
    }
}
