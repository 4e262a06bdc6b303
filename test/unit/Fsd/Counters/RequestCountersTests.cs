using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Counters;
using KataShimNet.Fsd.Fuse;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Counters;

public sealed class RequestCountersTests
{
    [Fact]
    public void Records_are_as_large_as_keeper_and_worker_agreed()
    {
        Assert.Equal(OpcodeNumbers.TotalSize, Unsafe.SizeOf<OpcodeNumbers>());
        Assert.Equal(ServerNumbers.TotalSize, Unsafe.SizeOf<ServerNumbers>());
        Assert.Equal(OpcodeNumbers.BucketCount, RequestMetrics.Bounds.Length + 1);
        Assert.All(System.Enum.GetValues<Opcode>(), static opcode => Assert.True((uint)opcode < RequestCounters.Opcodes));
    }

    [Fact]
    public void An_answer_falls_into_the_bucket_of_its_time()
    {
        var counters = new RequestCounters();
        counters.Count(Tally(Opcode.Getattr, 10_000));
        counters.Count(Tally(Opcode.Getattr, 10_001));
        counters.Count(Tally(Opcode.Getattr, 5_000_000_000) with { Failed = true });

        Assert.True(counters.TryRead((uint)Opcode.Getattr, out var numbers));
        Assert.Equal([1, 1, 0, 0, 0, 0, 0, 1], Buckets(numbers));
        Assert.Equal((1, 5_000_020_001), (numbers.Errors, numbers.Nanoseconds));
        Assert.False(counters.TryRead((uint)Opcode.Lookup, out _));
    }

    [Fact]
    public void Bytes_are_counted_by_their_direction_and_unknown_opcodes_as_one()
    {
        var counters = new RequestCounters();
        counters.Count(Tally(Opcode.Read, 1) with { Moved = 7 });
        counters.Count(Tally(Opcode.Write, 1) with { Moved = uint.MaxValue });
        counters.CountLate(Tally(Opcode.Write, 1) with { Moved = 1 });
        counters.Count(Tally((Opcode)9999, 1));
        counters.Count(Tally((Opcode)uint.MaxValue, 1));

        Assert.Equal((7, 1L << 32), (counters.BytesRead, counters.BytesWritten));
        Assert.True(counters.TryRead(0, out var others));
        Assert.Equal(2, Buckets(others).Sum());
    }

    [Fact]
    public void Late_answers_of_several_threads_are_all_counted_and_sums_add_up()
    {
        const int Each = 20_000;
        var late = new RequestCounters();
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < Each; i++)
                late.CountLate(Tally(Opcode.Fsync, 0));
        })).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        var sum = new RequestCounters();
        sum.Count(Tally(Opcode.Fsync, 1));
        late.AddTo(sum);

        Assert.True(sum.TryRead((uint)Opcode.Fsync, out var numbers));
        Assert.Equal((4 * Each) + 1, Buckets(numbers).Sum());
    }

    private static RequestTally Tally(Opcode opcode, long nanoseconds) => new() { Opcode = (uint)opcode, Began = 1000, Ended = 1000 + nanoseconds };

    private static long[] Buckets(OpcodeNumbers numbers) => ((System.ReadOnlySpan<long>)numbers.Buckets).ToArray();
}
