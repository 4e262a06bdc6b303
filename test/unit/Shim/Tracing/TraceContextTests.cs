using System.Diagnostics;
using System.Linq;
using KataShimNet.AgentProto.Ttrpc.Wire;
using KataShimNet.Shim.Tracing;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Tracing;

public sealed class TraceContextTests
{
    private const string Good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Theory]
    [InlineData(Good, true)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", false)]
    // A version of the future may have more.
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-will-be", true)]
    public void AParentIsRead(string parent, bool sampled)
    {
        ActivityContext context = Read(("traceparent", parent), ("tracestate", "a=1"), ("containerd-namespace-ttrpc", "default"));
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", context.TraceId.ToHexString());
        Assert.Equal("b7ad6b7169203331", context.SpanId.ToHexString());
        Assert.Equal((sampled, "a=1", true), (context.TraceFlags == ActivityTraceFlags.Recorded, context.TraceState, context.IsRemote));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")]
    [InlineData("00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0")]
    [InlineData("zz-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c8031\0\0-b7ad6b7169203331-01")]
    [InlineData("00-éééééééééééééééééééééééééééééééé-b7ad6b7169203331-01")]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more")]
    public void WhatMakesNoSenseCountsAsNothing(string parent) => Assert.Equal(default, Read(("traceparent", parent)));

    [Fact]
    public void LongAndDoubledValuesDoNoHarm()
    {
        Assert.Equal(default, Read(("traceparent", new string('0', 1 << 20))));
        Assert.Equal(default, Read(("traceparent", Good), ("traceparent", Good)));
        Assert.Equal(default, Read(("tracestate", "a=1")));
        Assert.Null(Read(("traceparent", Good), ("tracestate", new string('a', 513))).TraceState);
        Assert.Equal("a=1,b=2", Read(("traceparent", Good), ("tracestate", "a=1"), ("tracestate", "b=2")).TraceState);
    }

    private static ActivityContext Read(params (string Key, string Value)[] metadata) =>
        TraceContext.Read([.. metadata.Select(pair => new KeyValue { Key = pair.Key, Value = pair.Value })]);
}
