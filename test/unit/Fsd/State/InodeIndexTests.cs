using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Fsd.Inodes;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.State;

public class InodeIndexTests
{
    [Theory]
    [InlineData(1, ulong.MaxValue)]
    [InlineData(2, ulong.MaxValue)]
    // Few homes, so that searches run into one another and around the end.
    [InlineData(3, 0xE000_0000_0003_FFFFul)]
    [InlineData(4, 0x0000_0000_0000_0100ul)]
    public void It_finds_what_is_in_it_and_nothing_else(int seed, ulong mask)
    {
        var random = new Random(seed);
        var hashes = new Dictionary<int, ulong>();
        using var index = new InodeIndex();
        for (var step = 0; step < 20_000; step++)
        {
            var record = random.Next(step < 10_000 ? 600 : 100);
            if (hashes.Remove(record, out var hash))
            {
                hashes.Add(record, hash);
                index.Remove(record, hash, i => hashes[i]);
                hashes.Remove(record);
            }
            else
            {
                hash = (ulong)random.NextInt64() & mask;
                index.Add(record, hash, i => hashes[i]);
                hashes.Add(record, hash);
            }

            if (step % 50 == 0)
                Assert.All(hashes, pair => Assert.Contains(pair.Key, All(index, pair.Value)));
        }

        var rest = hashes.ToList();
        foreach (var (record, hash) in rest)
        {
            Assert.Contains(record, All(index, hash));
            index.Remove(record, hash, i => hashes[i]);
            Assert.DoesNotContain(record, All(index, hash));
        }
    }

    private static List<int> All(InodeIndex index, ulong hash)
    {
        var found = new List<int>();
        var probe = index.Find(hash);
        for (var record = probe.Next(); record >= 0; record = probe.Next())
            found.Add(record);
        return found;
    }
}
