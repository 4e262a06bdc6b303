using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Confinement;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency;

public sealed class NodeTableTests : IDisposable
{
    private static readonly FileKey s_file = new(0x800000001, 4711);

    private readonly Node _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Structures_have_the_sizes_of_the_page()
    {
        Assert.Equal(TableHeader.TotalSize, Unsafe.SizeOf<TableHeader>());
        Assert.Equal(DaemonSlot.TotalSize, Unsafe.SizeOf<DaemonSlot>());
        // Who cleans up after a daemon reads it, too.
        Assert.Equal(NodeTableForm.DaemonSlotSize, DaemonSlot.TotalSize);
        Assert.Equal(NodeTableForm.PidOffset, (int)Marshal.OffsetOf<DaemonSlot>(nameof(DaemonSlot.Pid)));
        Assert.Equal(NodeTableForm.PidOffset + 8, (int)Marshal.OffsetOf<DaemonSlot>(nameof(DaemonSlot.StartTime)));
        Assert.Equal(NodeUser.TotalSize, Unsafe.SizeOf<NodeUser>());
        // The users' records lie behind the fields.
        Assert.Equal(NodeSlot.TotalSize, NodeSlot.UsersOffset + (NodeSlot.MostUsers * NodeUser.TotalSize));
        Assert.Equal(TableLayout.BucketSize, BucketHead.TotalSize + (TableLayout.SlotsPerBucket * NodeSlot.TotalSize));
        Assert.Equal(135_168, TableLayout.BucketsOffset);
        Assert.Equal(33_689_600, TableLayout.FileSize);
    }

    [Fact]
    public void Users_of_a_file_are_seen_by_others_until_they_leave_or_die()
    {
        using var a = _node.Start();
        var b = _node.Start();
        b.Registration.SetSocketName("peer-1.sock");
        Assert.NotEqual(a.Number, b.Number);
        Span<ushort> others = stackalloc ushort[NodeSlot.MostUsers];
        using (var slot = b.Table.Lock(s_file, add: true))
        {
            Assert.True(slot.TryAddOpen(writable: true));
            Assert.True(slot.TryAddOpen(writable: false));
            Assert.True(slot.TryAddMap());
            Assert.Equal(0, slot.OtherOpeners(others));
        }

        using (var slot = a.Table.Lock(s_file, add: false))
        {
            Assert.Equal((1, 1, 1), (slot.OtherOpeners(others), slot.OtherWriters(others), slot.OtherMappers(others)));
            Assert.Equal(b.Number, others[0]);
        }

        Assert.Equal("peer-1.sock", a.Table.SocketOf(b.Number));
        using (var slot = b.Table.Lock(s_file, add: false))
            slot.RemoveOpen(writable: true);
        using (var slot = a.Table.Lock(s_file, add: false))
            Assert.Equal((1, 0), (slot.OtherOpeners(others), slot.OtherWriters(others)));

        Assert.False(a.Table.BuryDead(others[..1]));
        b.Dispose();
        Assert.False(a.Table.IsAlive(others[0], fresh: true));
        Assert.Null(a.Table.SocketOf(others[0]));
        using (var slot = a.Table.Lock(s_file, add: false))
            Assert.Equal((0, 0), (slot.OtherOpeners(others), slot.OtherMappers(others)));
        using var c = _node.Start();
        Assert.Equal(others[0], c.Number);
        Assert.True(a.Table.IsAlive(c.Number, fresh: true));
    }

    [Fact]
    public void What_a_worker_counted_holds_until_the_next_one_has_counted()
    {
        using var a = _node.Start();
        using var b = _node.Start();
        Span<ushort> others = stackalloc ushort[NodeSlot.MostUsers];
        var second = new FileKey(1, 2);
        foreach (var key in new[] { s_file, second })
        {
            using var slot = b.Table.Lock(key, add: true);
            slot.TryAddOpen(writable: true);
        }

        var next = b.ReplaceWorker();
        using (var slot = a.Table.Lock(s_file, add: false))
            Assert.Equal(1, slot.OtherWriters(others));
        using (var slot = next.Lock(s_file, add: true))
            slot.TryAddOpen(writable: false);
        using (var slot = a.Table.Lock(second, add: false))
            Assert.Equal(1, slot.OtherWriters(others));
        next.Begin();
        using (var slot = a.Table.Lock(s_file, add: false))
            Assert.Equal((1, 0), (slot.OtherOpeners(others), slot.OtherWriters(others)));
        using (var slot = a.Table.Lock(second, add: false))
            Assert.Equal(0, slot.OtherOpeners(others));
    }

    [Fact]
    public unsafe void A_lock_whose_process_is_killed_is_taken_over()
    {
        using var a = _node.Start();
        var b = _node.Start();
        var held = b.Table.Lock(s_file, add: true);
        held.TryAddOpen(writable: true);
        var pipe = stackalloc int[2];
        Assert.Equal(0, Unistd.pipe2(pipe, Fcntl.O_CLOEXEC));
        using var lifeline = new OwnedFd(pipe[0]);
        using var end = new OwnedFd(pipe[1]);
        // It has a copy of the mapping, and holds the lock as far as anybody can see.
        using var child = new PidFd(IdleChild.StartHanging("node-user\0"u8, 0, lifeline)!);
        b.Dispose();
        Assert.True(a.Table.IsAlive(b.Number, fresh: true));

        Assert.True(child.Kill(Signals.SIGKILL));
        child.Reap();
        Span<ushort> others = stackalloc ushort[NodeSlot.MostUsers];
        using var slot = a.Table.Lock(s_file, add: true);
        Assert.True(slot.Exists);
        Assert.Equal(0, slot.OtherOpeners(others));
        Assert.True(a.Table.IsSound);
        Assert.False(a.Table.IsAlive(b.Number, fresh: true));
    }

    [Fact]
    public void A_lock_of_a_living_process_that_does_not_come_free_is_damage()
    {
        using var a = _node.Start();
        using var b = _node.Start();
        using var held = b.Table.Lock(s_file, add: true);
        using var slot = a.Table.Lock(s_file, add: true);
        Assert.False(slot.Exists);
        Assert.False(a.Table.IsSound);
    }

    [Fact]
    public void A_full_bucket_takes_no_more_until_something_in_it_is_idle()
    {
        using var a = _node.Start();
        var keys = new FileKey[TableLayout.SlotsPerBucket + 1];
        var found = 0;
        for (var inode = 1ul; found < keys.Length; inode++)
        {
            if (new FileKey(7, inode) is { Bucket: 5 } key)
                keys[found++] = key;
        }

        foreach (var key in keys[..^1])
        {
            using var slot = a.Table.Lock(key, add: true);
            Assert.True(slot.Exists && slot.TryAddMap());
        }

        ulong version;
        using (var slot = a.Table.Lock(keys[^1], add: true))
            Assert.False(slot.Exists);
        using (var slot = a.Table.Lock(keys[3], add: false))
        {
            version = slot.Version;
            slot.RemoveMap();
        }

        using (var slot = a.Table.Lock(keys[^1], add: true))
        {
            Assert.True(slot.Exists);
            Assert.True(slot.Version > version);
        }

        using (var slot = a.Table.Lock(keys[3], add: true))
            Assert.False(slot.Exists && slot.TryAddMap() && slot.Version <= version);
        Assert.True(a.Table.IsSound);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(TableLayout.BucketsOffset, 24, long.MaxValue)]
    [InlineData(TableLayout.BucketsOffset, 44, long.MaxValue)]
    [InlineData(TableLayout.BucketsOffset, 48, long.MaxValue)]
    [InlineData(TableLayout.BucketsOffset, 60, 7L)]
    [InlineData(TableLayout.BucketsOffset, -1, 0x1_0000_ffffL)]
    public void A_damaged_table_is_believed_by_nobody_until_all_have_left(long offset, int field = 0, long value = 0)
    {
        var a = _node.Start();
        var b = _node.Start();
        a.Table.NoteLongest(3 * BootClock.Second);
        using (var slot = a.Table.Lock(s_file, add: true))
            Assert.True(slot.Exists);
        if (offset != 0)
        {
            offset += (long)s_file.Bucket * TableLayout.BucketSize;
            offset += field < 0 ? 0 : BucketHead.TotalSize + field;
        }

        using (var file = new FileStream(_node.File, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = offset;
            file.Write(BitConverter.GetBytes(value));
        }

        using (b.Table.Lock(s_file, add: true))
            Assert.False(b.Table.IsSound);
        using (var slot = a.Table.Lock(s_file, add: true))
            Assert.False(slot.Exists);
        Assert.InRange(b.Table.ChangesFrom - BootClock.Now, 1, 3 * BootClock.Second);
        a.Dispose();
        b.Dispose();

        using var c = _node.Start();
        Assert.True(c.Table.IsSound);
        Assert.InRange(c.Table.ChangesFrom - BootClock.Now, 1, 3 * BootClock.Second);
        using (var slot = c.Table.Lock(s_file, add: true))
            Assert.True(slot.Exists);
    }

    [Fact]
    public void A_table_of_another_form_is_left_alone_while_somebody_lives_who_uses_it()
    {
        using (var a = _node.Start())
        {
            using (var file = new FileStream(_node.File, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
                file.Position = 8;
                file.WriteByte((byte)(TableLayout.Version + 1));
            }

            Assert.Equal(Errno.EPROTO, Assert.Throws<LinuxException>(() => _node.Start()).Errno);
        }

        using var b = _node.Start();
        Assert.True(b.Table.IsSound);
    }
}
