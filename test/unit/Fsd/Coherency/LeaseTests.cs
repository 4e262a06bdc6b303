using System;
using KataShimNet.Fsd.Coherency;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency;

/// <summary>Who gets a lease, and when a change may be made. Times are given, not waited for.</summary>
public sealed class LeaseTests : IDisposable
{
    private static readonly FileKey s_file = new(0x800000001, 4711);
    private static readonly LeaseTerms s_terms = new(BootClock.Second, BootClock.Second / 2, 10 * BootClock.Second);

    private readonly Node _node = new();
    private readonly NodeDaemon _a;
    private readonly NodeDaemon _b;
    private readonly long _start = BootClock.Now;

    public LeaseTests()
    {
        _a = _node.Start();
        _b = _node.Start();
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _node.Dispose();
    }

    [Fact]
    public void One_guest_alone_has_the_lease_and_changes_at_once()
    {
        Assert.True(Grant(_a, 0));
        Assert.Equal(0, Change(_a, 0.1));
        Assert.True(Grant(_a, 0.2));
        Assert.True(Grant(_a, 30));
    }

    [Fact]
    public void Anothers_change_waits_until_the_lease_has_run_out_and_nobody_has_one_for_a_while()
    {
        Assert.True(Grant(_a, 0));
        Assert.Equal(At(1.5), Change(_b, 1));
        Assert.False(Grant(_a, 1.2));
        Assert.False(Grant(_b, 1.6));
        Assert.Equal(0, Change(_b, 1.6));
        // The other one used it at 1.6.
        Assert.Equal(0, Change(_a, 5));
        Assert.False(Grant(_b, 11));
        Assert.False(Grant(_b, 20.9));
        Assert.True(Grant(_b, 21.1));
    }

    [Fact]
    public void A_guest_that_knows_a_file_twice_is_two_guests()
    {
        Assert.True(Grant(_a, 0, node: 1));
        Assert.False(Grant(_a, 0.5, node: 2));
        Assert.Equal(At(1.5), Change(_a, 1, node: 2));
        Assert.Equal(0, Change(_a, 1, node: 1));
    }

    [Fact]
    public void Nobody_gets_a_lease_while_another_changes_or_may_write()
    {
        using (var slot = _b.Table.Lock(s_file, add: true))
            Assert.Equal(0, slot.BeginChange(1, At(0), s_terms));
        Assert.False(Grant(_a, 0.1));
        using (var slot = _b.Table.Lock(s_file, add: true))
            slot.EndChange(At(0.15));
        Assert.True(Grant(_a, 0.2));
        using (var slot = _b.Table.Lock(s_file, add: true))
            slot.TryAddOpen(writable: true);
        Assert.False(Grant(_a, 30));
    }

    [Fact]
    public void What_was_read_before_a_change_is_not_valid()
    {
        Assert.Equal(0, Change(_b, 0.2));
        Assert.False(Grant(_a, 0.1));
        Assert.False(Grant(_a, 0.2));
        Assert.True(Grant(_a, 0.3));
    }

    [Fact]
    public void A_change_time_that_moves_without_a_change_by_a_daemon_is_anothers()
    {
        Assert.True(Grant(_a, 0, seen: 5));
        Assert.True(Grant(_a, 0.1, seen: 5));
        Assert.Equal(0, Change(_a, 0.2));
        Assert.True(Grant(_a, 0.3, seen: 6));
        Assert.False(Grant(_a, 0.4, seen: 7));
        Assert.False(Grant(_a, 10.3, seen: 7));
        Assert.True(Grant(_a, 10.5, seen: 7));
    }

    [Fact]
    public void Each_change_moves_the_version()
    {
        ulong before;
        using (var slot = _a.Table.Lock(s_file, add: true))
            before = slot.Version;
        Change(_a, 0);
        using (var slot = _a.Table.Lock(s_file, add: true))
        {
            Assert.True(slot.Version > before);
            before = slot.Version;
            slot.Contend(At(1), s_terms);
            Assert.True(slot.Version > before);
        }

        Assert.False(Grant(_a, 2));
    }

    [Fact]
    public void The_lease_of_a_dead_daemon_runs_out_and_its_change_ends()
    {
        Assert.True(Grant(_a, 0));
        using (var slot = _a.Table.Lock(s_file, add: true))
            Assert.Equal(0, slot.BeginChange(1, At(0), s_terms));
        _a.Dispose();
        Assert.False(_b.Table.IsAlive(_a.Number, fresh: true));
        Assert.Equal(At(1.5), Change(_b, 1));
        Assert.Equal(0, Change(_b, 1.6));
        Assert.True(Grant(_b, 12));
    }

    [Fact]
    public void A_worker_that_died_in_a_change_blocks_nobody()
    {
        using (var slot = _a.Table.Lock(s_file, add: true))
            Assert.Equal(0, slot.BeginChange(1, At(0), s_terms));
        Assert.False(Grant(_b, 0.1));
        _a.ReplaceWorker().Begin();
        Assert.True(Grant(_b, 0.2));
        Assert.Equal(At(1.7), Change(_a, 0.3));
    }

    /// <summary>Who looks all the time would have the next lease when nobody is taken to use the file any more, and before the change asks again.</summary>
    [Fact]
    public void A_change_that_waits_has_its_turn_however_often_the_others_guest_looks()
    {
        var terms = s_terms with { Contention = BootClock.Second / 10 };
        Assert.True(Grant(_a, 0, terms: terms));
        Assert.Equal(At(1.5), Change(_b, 0.5, terms: terms));
        for (var tenth = 6; tenth <= 15; tenth++)
            Assert.False(Grant(_a, tenth / 10.0, terms: terms));
        Assert.Equal(0, Change(_b, 1.51, terms: terms));
        Assert.True(Grant(_a, 1.75, terms: terms));
    }

    [Fact]
    public void A_change_of_several_files_that_waits_for_one_keeps_the_others_free()
    {
        FileKey[] keys = [s_file, new(s_file.Device, s_file.Inode + 1)];
        var terms = new LeaseTerms(BootClock.Second, 10 * BootClock.Second, BootClock.Millisecond);
        using var a = new Coherence(_node.Register(), terms);
        using var b = new Coherence(_node.Register(), terms);
        a.Begin();
        b.Begin();
        Assert.True(a.TryGrant(keys[0], 1, BootClock.Now, 0));
        var wait = b.BeginChange([new(keys[0], 1), new(keys[1], 2)], out var begun);
        Assert.True(wait > BootClock.Now);
        Assert.Equal(0u, begun);
        Assert.False(a.TryGrant(keys[1], 2, BootClock.Now, 0));
        // Longer than the contention alone.
        for (var end = BootClock.Now + (20 * BootClock.Millisecond); BootClock.Now < end;)
            Assert.False(a.TryGrant(keys[1], 2, BootClock.Now, 0));
    }

    private bool Grant(NodeDaemon daemon, double seconds, ulong node = 1, ulong seen = 0, LeaseTerms? terms = null)
    {
        using var slot = daemon.Table.Lock(s_file, add: true);
        return slot.TryGrant(node, At(seconds), seen, At(seconds), terms ?? s_terms, stackalloc ushort[NodeSlot.MostUsers]);
    }

    private long Change(NodeDaemon daemon, double seconds, ulong node = 1, LeaseTerms? terms = null)
    {
        using var slot = daemon.Table.Lock(s_file, add: true);
        var wait = slot.BeginChange(node, At(seconds), terms ?? s_terms);
        if (wait == 0)
            slot.EndChange(At(seconds));
        else
            slot.Await(node, wait, terms ?? s_terms);
        return wait;
    }

    private long At(double seconds) => _start + (long)(seconds * BootClock.Second);
}
