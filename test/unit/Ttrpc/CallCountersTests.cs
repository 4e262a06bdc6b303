using System;
using System.Linq;
using KataShimNet.AgentProto.Ttrpc;
using Xunit;

namespace KataShimNet.UnitTests.Ttrpc;

public sealed class CallCountersTests
{
    [Fact]
    public void Calls_are_counted_by_method_whatever_the_version_of_the_service()
    {
        var calls = new CallCounters();
        calls.End(calls.Begin(), "containerd.task.v2.Task", "State", failed: false);
        calls.End(calls.Begin(), "containerd.task.v3.Task", "State", failed: true);
        calls.End(calls.Begin(), "whatever.a.peer.Says", "", failed: true);
        _ = calls.Begin();

        Assert.Equal(1, calls.Open);
        var (name, counters) = Assert.Single(calls.Methods);
        Assert.Equal("Task/State", name);
        var (buckets, time, errors) = counters.Read();
        Assert.Equal((2, 1), (buckets.Sum(static count => (long)count), (long)errors));
        Assert.Equal(CallCounters.Bounds.Length + 1, buckets.Length);
        Assert.InRange(time, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }
}
