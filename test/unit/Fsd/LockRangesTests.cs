using System;
using System.Linq;
using KataShimNet.Fsd.Locks;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Fsd;

public unsafe class LockRangesTests
{
    [Fact]
    public void Ranges_are_what_a_table_of_bytes_says()
    {
        const int bytes = 40;
        var random = new Random(7);
        using var ranges = new LockRanges(LockRanges.CreateFile());
        var first = 0;
        var model = Enumerable.Repeat(Fcntl.F_UNLCK, bytes).ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var start = random.Next(bytes);
            var end = random.Next(start, bytes);
            var type = (uint)random.Next(3);
            var needed = ranges.Needed(first, (ulong)start, (ulong)end, type);
            var before = ranges.Count;
            var expected = model[start..(end + 1)].Any(b => b != Fcntl.F_UNLCK && b != type && type != Fcntl.F_WRLCK);

            var weaker = ranges.Apply(0, ref first, (ulong)start, (ulong)end, type, 1);

            Array.Fill(model, type, start, end - start + 1);
            Assert.Equal(expected, weaker);
            Assert.True(ranges.Count <= before + needed, "more ranges than announced");
            AssertSame(model, ranges, first);
        }

        ranges.Clear(ref first);
        Assert.Equal((0, 0), (ranges.Count, first));
    }

    [Fact]
    public void The_last_byte_and_the_first_are_no_edge()
    {
        using var ranges = new LockRanges(LockRanges.CreateFile());
        var first = 0;

        ranges.Apply(0, ref first, 0, long.MaxValue, Fcntl.F_WRLCK, 1);
        ranges.Apply(0, ref first, 0, 0, Fcntl.F_UNLCK, 1);
        ranges.Apply(0, ref first, long.MaxValue, long.MaxValue, Fcntl.F_RDLCK, 1);

        Assert.True(ranges.FindConflict(first, 0, 0, Fcntl.F_WRLCK) is null);
        Assert.True(ranges.FindConflict(first, long.MaxValue, long.MaxValue, Fcntl.F_RDLCK) is null);
        Assert.False(ranges.FindConflict(first, long.MaxValue - 1, long.MaxValue, Fcntl.F_RDLCK) is null);
        Assert.Equal(2, ranges.Count);
    }

    private static void AssertSame(uint[] model, LockRanges ranges, int first)
    {
        var expected = 0;
        for (var i = 0; i < model.Length; i++)
        {
            if (model[i] != Fcntl.F_UNLCK && (i == 0 || model[i - 1] != model[i]))
                expected++;
            var read = ranges.FindConflict(first, (ulong)i, (ulong)i, Fcntl.F_RDLCK) is not null;
            var write = ranges.FindConflict(first, (ulong)i, (ulong)i, Fcntl.F_WRLCK) is not null;
            Assert.Equal((model[i] == Fcntl.F_WRLCK, model[i] != Fcntl.F_UNLCK), (read, write));
        }

        Assert.Equal(expected, ranges.Count);
        var next = first;
        var last = -1L;
        while (ranges.Take(ref next) is var range && range is not null)
        {
            Assert.True((long)range->Start > last, "ranges must rise");
            last = (long)range->End;
        }
    }
}
