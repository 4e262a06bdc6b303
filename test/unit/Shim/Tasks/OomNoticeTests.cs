using System.Collections.Generic;
using KataShimNet.Shim.Tasks;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Tasks;

/// <summary>The place of an out-of-memory event among those of its container.</summary>
public sealed class OomNoticeTests
{
    private readonly List<string> _events = [];
    private readonly OomNotice _notice;

    public OomNoticeTests() => _notice = new OomNotice(() => _events.Add("oom"));

    [Fact]
    public void AReportThatOvertakesTheStartIsToldAfterIt()
    {
        _notice.Report();
        Assert.Empty(_events);
        Start();
        Assert.Equal(["start", "oom"], _events);
    }

    [Fact]
    public void EachReportOfARunningContainerIsTold()
    {
        Start();
        _notice.Report();
        _notice.Report();
        Assert.Equal(["start", "oom", "oom"], _events);
    }

    [Fact]
    public void WhatTheEndHasToldIsNotToldAgain()
    {
        Start();
        _notice.End(ranOut: true);
        _notice.Report();
        Assert.Equal(["start", "oom"], _events);
    }

    [Fact]
    public void TheEndDoesNotRepeatWhatWasReported()
    {
        Start();
        _notice.Report();
        _notice.End(ranOut: true);
        Assert.Equal(["start", "oom"], _events);
    }

    [Fact]
    public void AnEndOfAnotherCauseIsNotOneOfMemory()
    {
        Start();
        _notice.End(ranOut: false);
        Assert.Equal(["start"], _events);
    }

    private void Start()
    {
        _events.Add("start");
        _notice.Start();
    }
}
