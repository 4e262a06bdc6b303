using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.State;

public sealed unsafe class SharedSlotsTests : IDisposable
{
    private const int Chunks = 8;
    private readonly OwnedFd _file = SharedSlots<HandleSlot>.CreateFile("test", 2, Chunks);

    public void Dispose() => _file.Dispose();

    [Fact]
    public void Records_have_their_sizes()
    {
        Assert.Equal(48, Marshal.SizeOf<InodeSlot>());
        Assert.Equal(48, Marshal.SizeOf<HandleSlot>());
        Assert.Equal(32, Marshal.SizeOf<MountSlot>());
        Assert.Equal(64, Marshal.SizeOf<ShardHeader>());
    }

    [Fact]
    public void Another_mapping_sees_the_live_records_and_takes_none_of_them()
    {
        using var first = Map();
        var shard = first.Shards[1];
        for (var i = 0; i < 1000; i++)
            Assert.Equal(i, Take(shard, live: i % 3 != 0));
        Assert.False(first.WasMapped);

        using var second = Map();
        Assert.True(second.WasMapped);
        Assert.Equal(-1, second.Shards[0].NextLive(0));
        var found = new List<int>();
        for (var i = second.Shards[1].NextLive(0); i >= 0; i = second.Shards[1].NextLive(i + 1))
        {
            Assert.Equal((ulong)i, second.Shards[1].At(i)->NodeId);
            second.Shards[1].Claim(i);
            found.Add(i);
        }

        second.Shards[1].EndClaims();
        Assert.Equal(666, found.Count);
        // The free ones are those that were not live, lowest first.
        Assert.Equal(0, second.Shards[1].Take());
        Assert.Equal(3, second.Shards[1].Take());
    }

    [Fact]
    public void A_full_shard_says_so_and_records_never_move()
    {
        using var slots = Map();
        var shard = slots.Shards[0];
        var first = (nint)shard.At(Take(shard, live: true));
        for (var i = 1; i < shard.Capacity; i++)
            Take(shard, live: true);
        Assert.Equal(-1, shard.Take());
        Assert.Equal(first, (nint)shard.At(0));
        shard.At(77)->IsLive = false;
        Assert.Equal(-1, shard.Return(77));
        Assert.Equal(77, shard.Take());
    }

    [Fact]
    public void Chunks_that_became_free_give_their_memory_back()
    {
        using var slots = Map();
        var shard = slots.Shards[0];
        for (var i = 0; i < shard.Capacity; i++)
            Take(shard, live: true);
        var full = Blocks();
        var (released, taken) = (false, 0);
        for (var i = 0; i < shard.Capacity; i++)
        {
            shard.At(i)->IsLive = false;
            var chunk = shard.Return(i);
            if (chunk < 0)
                continue;
            // A record taken meanwhile is none of that chunk.
            if (i < shard.Capacity - 1)
            {
                released = true;
                Assert.NotEqual(chunk, shard.Take() / SharedSlots<HandleSlot>.ChunkSlots);
                taken++;
            }

            shard.Release(chunk);
            shard.Reopen(chunk);
        }

        Assert.InRange(Blocks(), 1, full / 2);
        Assert.True(released);
        for (var i = shard.NextTaken(0); i >= 0; i = shard.NextTaken(i + 1))
            taken--;
        Assert.Equal(0, taken);
        Assert.Equal(-1, shard.NextLive(0));
    }

    [Fact]
    public void A_generation_is_never_zero_and_goes_on_in_the_next_process()
    {
        using var first = Map();
        Assert.Equal(1u, first.Shards[0].NextGeneration());
        using var second = Map();
        Assert.Equal(2u, second.Shards[0].NextGeneration());
        Assert.Equal(1u, second.Shards[1].NextGeneration());
    }

    [Fact]
    public void A_file_of_another_form_is_refused()
    {
        using (Map())
        {
        }

        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => new SharedSlots<MountSlot>(_file.Duplicate(), 4, Chunks)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => new SharedSlots<MountSlot>(_file.Duplicate(), 1, Chunks * 2)).Errno);
    }

    private SharedSlots<HandleSlot> Map() => new(_file.Duplicate(), 2, Chunks);

    private long Blocks()
    {
        Statx statx;
        byte empty = 0;
        LinuxException.Check(SysStat.statx(
            _file.Fd, &empty, Fcntl.AT_EMPTY_PATH, SysStat.STATX_BASIC_STATS, &statx), "statx");
        return (long)statx.Blocks;
    }

    private static int Take(SlotShard<HandleSlot> shard, bool live)
    {
        var index = shard.Take();
        var slot = shard.At(index);
        slot->NodeId = (ulong)index;
        slot->Fd = -1;
        slot->IsLive = live;
        return index;
    }
}
