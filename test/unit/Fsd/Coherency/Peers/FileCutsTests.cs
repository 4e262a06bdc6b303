using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Peers;

/// <summary>Files that are cut while other daemons' guests map them: daemons in one process, over real sockets.</summary>
public sealed class FileCutsTests : IDisposable
{
    private readonly TestNode _node = new();
    private readonly FileStream _file;

    public FileCutsTests() => _file = new FileStream(
        Path.Combine(_node.Folder, "file"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite, 1);

    private int Fd => (int)_file.SafeFileHandle.DangerousGetHandle();

    public void Dispose()
    {
        _file.Dispose();
        _node.Dispose();
    }

    [Fact]
    public void EveryMapperPutsAsideWhatGoesAndTakesItBackWhenItHasGrown()
    {
        var (first, second) = (new WindowNotes(), new WindowNotes());
        TestNode.TestDaemon[] mappers = [_node.Start(first), _node.Start(second)];
        var cutter = _node.Start();
        _file.SetLength(20_000);

        Assert.Equal(Errno.None, cutter.Cuts.Begin(TestNode.File, 5_000, Fd));
        Assert.Equal(5_000, cutter.Cuts.EndFor(TestNode.File, 20_000));
        _file.SetLength(5_000);
        Assert.Equal(Errno.None, cutter.Cuts.End(TestNode.File, Fd));
        Assert.Equal([("scratch", 5_000, long.MaxValue)], first.Calls);
        Assert.Equal([("scratch", 5_000, long.MaxValue)], second.Calls);
        Assert.Equal(8192, cutter.Table.ScratchFrom(TestNode.File));

        // Within its last page nothing has to come back.
        _file.SetLength(8_000);
        Assert.Equal(Errno.None, cutter.Cuts.Grown(TestNode.File, Fd));
        Assert.Single(first.Calls);
        _file.SetLength(30_000);
        Assert.Equal(Errno.None, cutter.Cuts.Grown(TestNode.File, Fd));
        Assert.Equal([("scratch", 5_000, long.MaxValue), ("restore", 8192, 30_000)], first.Calls);
        Assert.Equal(first.Calls, second.Calls);

        // Nobody maps it any more: nothing is left in the table.
        foreach (var mapper in mappers)
            mapper.Cuts.Leave(TestNode.File);
        Assert.True(cutter.Table.IsEmpty);
    }

    [Fact]
    public void ADaemonThatStartedLaterIsAskedToo()
    {
        var notes = new WindowNotes();
        var cutter = _node.Start();
        _node.Start(notes);
        Assert.Equal(Errno.None, cutter.Cuts.Begin(TestNode.File, 0, Fd));
        Assert.Single(notes.Calls);
        Assert.Equal(Errno.None, cutter.Cuts.End(TestNode.File, Fd));
    }

    [Fact]
    public void OfOurOwnGuestToo()
    {
        var notes = new WindowNotes();
        var cutter = _node.Start(notes);
        Assert.Equal(Errno.None, cutter.Cuts.Begin(TestNode.File, 4096, Fd));
        Assert.Equal([("scratch", 4096, long.MaxValue)], notes.Calls);
        Assert.Equal(Errno.None, cutter.Cuts.End(TestNode.File, Fd));
    }

    [Theory]
    [InlineData(true, Errno.None, Errno.EBUSY)]
    [InlineData(false, Errno.EIO, Errno.EIO)]
    public void AMachineThatCannotPutItsMapsAsideKeepsTheFileAsItIs(bool stopped, Errno refusal, Errno expected)
    {
        var (willing, unable) = (new WindowNotes(), new WindowNotes { Stopped = stopped, Refusal = refusal });
        _node.Start(willing);
        _node.Start(unable);
        var cutter = _node.Start();
        _file.SetLength(10_000);
        Assert.Equal(expected, cutter.Cuts.Begin(TestNode.File, 0, Fd));
        Assert.Contains(("restore", 0, 10_000), willing.Calls);
        Assert.Equal(long.MaxValue, cutter.Cuts.EndFor(TestNode.File, long.MaxValue));
    }

    [Fact]
    public void ADaemonThatLivesAndDoesNotAnswerIsAnErrorAndDoesNotDisturbLater()
    {
        _node.Limit = TimeSpan.FromMilliseconds(300);
        var hangs = new WindowNotes();
        _node.Start(hangs);
        var cutter = _node.Start();
        hangs.Answers.Reset();
        Assert.Equal(Errno.ETIMEDOUT, cutter.Cuts.Begin(TestNode.File, 0, Fd));
        // The link is still busy with the old request.
        Assert.Equal(Errno.ETIMEDOUT, cutter.Cuts.Begin(TestNode.File, 0, Fd));
        hangs.Answers.Set();
        Errno error;
        for (var i = 0; (error = cutter.Cuts.Begin(TestNode.File, 0, Fd)) == Errno.ETIMEDOUT && i < 100; i++)
        {
        }

        Assert.Equal(Errno.None, error);
        Assert.Equal(Errno.None, cutter.Cuts.End(TestNode.File, Fd));
    }

    [Fact]
    public async Task ADeadDaemonCountsAsDone()
    {
        var (before, meanwhile) = (new WindowNotes(), new WindowNotes());
        var dead = _node.Start(before);
        var dies = _node.Start(meanwhile);
        var cutter = _node.Start();
        dead.Die();
        meanwhile.Answers.Reset();
        var cut = Task.Run(() => cutter.Cuts.Begin(TestNode.File, 0, Fd));
        // Its connections close when the thread that answers is done, as they do when a process ends.
        var death = Task.Run(dies.Die);
        meanwhile.Answers.Set();
        Assert.Equal(Errno.None, await cut);
        await death;
        Assert.Equal(Errno.None, cutter.Cuts.End(TestNode.File, Fd));
        Assert.Empty(before.Calls);
    }

    [Fact]
    public void AChangeThatADeadDaemonLeftIsTakenOver()
    {
        var dead = _node.Start();
        var cutter = _node.Start();
        Assert.Equal(Errno.None, dead.Cuts.Begin(TestNode.File, 0, Fd));
        dead.Die();
        Assert.Equal(Errno.None, cutter.Cuts.Begin(TestNode.File, 10, Fd));
        Assert.Equal(10, cutter.Cuts.EndFor(TestNode.File, 20));
        Assert.Equal(Errno.None, cutter.Cuts.End(TestNode.File, Fd));
    }

    [Fact]
    public async Task TwoThatCutOneAnothersFileDoNotWaitForEachOther()
    {
        var one = _node.Start(new WindowNotes());
        var two = _node.Start(new WindowNotes());
        void CutOften(TestNode.TestDaemon daemon)
        {
            for (var i = 0; i < 200; i++)
            {
                Assert.Equal(Errno.None, daemon.Cuts.Begin(TestNode.File, i, Fd));
                Assert.Equal(Errno.None, daemon.Cuts.End(TestNode.File, Fd));
            }
        }

        await Task.WhenAll(Task.Run(() => CutOften(one)), Task.Run(() => CutOften(two))).WaitAsync(TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task AMapThatIsMadeMeanwhileEndsWhereTheFileWill()
    {
        // The mapping side enters itself first and then asks where the file ends; the other side the other way round.
        var notes = new WindowNotes();
        var mapper = _node.Start(notes);
        var cutter = _node.Start();
        for (var i = 0; i < 500; i++)
        {
            mapper.Cuts.Leave(TestNode.File);
            notes.Calls.Clear();
            var cut = Task.Run(() => cutter.Cuts.Begin(TestNode.File, 4096, Fd));
            var end = await Task.Run(() =>
            {
                Assert.Equal(Errno.None, mapper.Cuts.Enter(TestNode.File));
                return mapper.Cuts.EndFor(TestNode.File, 100_000);
            });
            Assert.Equal(Errno.None, await cut);
            Assert.True(end == 4096 || !notes.Calls.IsEmpty, "mapped past the new end, and not told of the cut");
            Assert.Equal(Errno.None, cutter.Cuts.End(TestNode.File, Fd));
        }
    }

    [Fact]
    public async Task AMapWaitsForAWorkerThatCutsTheFileOnItsOwn()
    {
        var mapper = _node.Start();
        var cutter = _node.Start();
        var mark = cutter.Marks.TrySet(cutter.Self.Slot, TestNode.File);
        Assert.InRange(mark, 0, 7);
        Assert.False(cutter.Table.Has(TestNode.File));
        var enter = Task.Run(() => mapper.Cuts.Enter(TestNode.File));
        // From here on the worker would ask its keeper.
        Assert.True(SpinWait.SpinUntil(() => cutter.Table.Has(TestNode.File), TimeSpan.FromMinutes(1)));
        Assert.False(enter.IsCompleted);
        cutter.Marks.Clear(cutter.Self.Slot, mark);
        Assert.Equal(Errno.None, await enter);
    }

    [Fact]
    public void AMarkThatADeadWorkerLeftKeepsNobodyForLong()
    {
        _node.Limit = TimeSpan.FromMilliseconds(200);
        var mapper = _node.Start();
        var cutter = _node.Start();
        for (var i = 0; i < 8; i++)
            Assert.Equal(i, cutter.Marks.TrySet(cutter.Self.Slot, TestNode.File));
        Assert.Equal(-1, cutter.Marks.TrySet(cutter.Self.Slot, TestNode.File));
        Assert.Equal(Errno.ETIMEDOUT, mapper.Cuts.Enter(TestNode.File));
        Assert.True(mapper.Table.IsEmpty);
        cutter.Marks.ClearAll(cutter.Self.Slot);
        Assert.Equal(Errno.None, mapper.Cuts.Enter(TestNode.File));
    }
}
