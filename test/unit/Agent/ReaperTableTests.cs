using System;
using System.Threading.Tasks;
using KataShimNet.Agent.Processes;
using KataShimNet.Linux;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

public sealed class ReaperTableTests
{
    private static readonly ChildExit s_seven = new(7, Signalled: false);
    private static readonly ChildExit s_killed = new(9, Signalled: true);

    [Fact]
    public async Task AProcessThatEndsAfterItWasClaimedIsReported()
    {
        var table = new ReaperTable();
        var exit = table.Claim(10, table.Now);
        Assert.False(exit.IsCompleted);
        table.Reaped(10, s_seven);
        Assert.Equal(s_seven, await exit);
    }

    [Fact]
    public async Task AProcessThatEndedBeforeItWasClaimedIsReportedToo()
    {
        var table = new ReaperTable();
        var before = table.Now;
        table.Reaped(10, s_killed);
        Assert.Equal(s_killed, await table.Claim(10, before));
        Assert.Equal(0, table.UnclaimedCount);
    }

    [Fact]
    public async Task AStatusFromBeforeTheStartBelongsToAnotherProcess()
    {
        var table = new ReaperTable();
        table.Reaped(10, s_killed);
        var exit = table.Claim(10, table.Now);
        Assert.False(exit.IsCompleted);
        table.Reaped(10, s_seven);
        Assert.Equal(s_seven, await exit);
    }

    [Fact]
    public void UnclaimedStatusesAreBoundedAndTheOldestGoFirst()
    {
        var table = new ReaperTable(capacity: 3);
        var before = table.Now;
        for (var pid = 1; pid <= 5; pid++)
            table.Reaped(pid, s_seven);
        Assert.Equal(3, table.UnclaimedCount);
        Assert.False(table.Claim(2, before).IsCompleted);
        Assert.True(table.Claim(3, before).IsCompleted);
    }

    [Fact]
    public void OneProcessIsClaimedOnce()
    {
        var table = new ReaperTable();
        _ = table.Claim(10, table.Now);
        Assert.Throws<InvalidOperationException>(() => { _ = table.Claim(10, table.Now); });
    }
}
