using System;
using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Transport;

public sealed class ChainReaderTests : IDisposable
{
    private const ulong Base = 0x10_0000;
    private const ushort Next = Descriptor.HasNext;
    private const ushort Write = Descriptor.Writable;
    private const ushort Table = Descriptor.Indirect;

    private readonly GuestMemory _memory = new(Base, 0x20000);
    private readonly MemoryMap _map = new();
    private readonly GuestRing _ring;
    private readonly DescriptorChain _chain = new();

    public ChainReaderTests()
    {
        _map.Add(_memory.Record, _memory.File);
        _ring = new GuestRing(_memory);
    }

    public void Dispose()
    {
        _chain.Dispose();
        _map.Dispose();
        _memory.Dispose();
    }

    [Fact]
    public void AChainIsItsReadablePartThenItsWritablePart()
    {
        _ring.Describe(2, _ring.Buffers, 10, Next, 5);
        _ring.Describe(5, _ring.Buffers + 100, 20, Next | Write, 1);
        _ring.Describe(1, _ring.Buffers + 200, 0, Next | Write, 0);
        _ring.Describe(0, _ring.Buffers + 300, 30, Write);
        Assert.Equal(RingFault.None, Read(2));
        Assert.Equal((2, 1, 2, 10ul, 50ul), (_chain.Head, _chain.ReadableCount, _chain.WritableCount, _chain.ReadableBytes, _chain.WritableBytes));
    }

    [Fact]
    public void AnIndirectTableIsFollowedInItsOwnOrder()
    {
        var table = _ring.Buffers;
        _ring.Describe(3, table, 3 * 16, Table);
        _ring.DescribeAt(table, 0, _ring.Buffers + 0x1000, 40, Next, 2);
        _ring.DescribeAt(table, 2, _ring.Buffers + 0x2000, 16, Next | Write, 1);
        _ring.DescribeAt(table, 1, _ring.Buffers + 0x3000, 4096, Write);
        Assert.Equal(RingFault.None, Read(3));
        Assert.Equal((40ul, 4112ul), (_chain.ReadableBytes, _chain.WritableBytes));
    }

    [Fact]
    public void ADescriptorAcrossTheBorderOfTwoRegionsIsSplit()
    {
        using var second = new GuestMemory(Base + 0x20000, 0x1000);
        _map.Add(second.Record, second.File);
        _ring.Describe(0, Base + 0x20000 - 6, 10);
        Assert.Equal(RingFault.None, Read(0));
        Assert.Equal((2, 10ul), (_chain.ReadableCount, _chain.ReadableBytes));
    }

    [Fact]
    public void LoopsEnd()
    {
        _ring.Describe(0, _ring.Buffers, 1, Next, 1);
        _ring.Describe(1, _ring.Buffers, 1, Next, 0);
        Assert.Equal(RingFault.Loop, Read(0));

        _ring.Describe(2, _ring.Buffers + 0x1000, 16, Table);
        _ring.DescribeAt(_ring.Buffers + 0x1000, 0, _ring.Buffers, 1, Next, 0);
        Assert.Equal(RingFault.Loop, Read(2));
    }

    [Fact]
    public void ANextOutsideOfTheTableIsRefused()
    {
        _ring.Describe(0, _ring.Buffers, 1, Next, 8);
        Assert.Equal(RingFault.NextOutOfRange, Read(0));
        _ring.Describe(1, _ring.Buffers + 0x1000, 32, Table);
        _ring.DescribeAt(_ring.Buffers + 0x1000, 0, _ring.Buffers, 1, Next, 2);
        Assert.Equal(RingFault.NextOutOfRange, Read(1));
    }

    [Theory]
    [InlineData(0ul, 1u)]
    [InlineData(Base - 1, 2u)]
    [InlineData(Base + 0x20000 - 1, 2u)]
    [InlineData(Base, uint.MaxValue)]
    [InlineData(ulong.MaxValue, 1u)]
    [InlineData(ulong.MaxValue - 1, uint.MaxValue)]
    public void WhatIsNotGuestMemoryIsRefused(ulong address, uint length)
    {
        _ring.Describe(0, address, length, Write);
        Assert.Equal(RingFault.BadAddress, Read(0));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(15u)]
    [InlineData(17u)]
    public void AnIndirectTableOfOddLengthIsRefused(uint length)
    {
        _ring.Describe(0, _ring.Buffers, length, Table);
        Assert.Equal(RingFault.BadIndirect, Read(0));
    }

    [Fact]
    public void IndirectTablesHaveTheirPlace()
    {
        _ring.Describe(0, _ring.Buffers, 16, Table | Next, 1);
        Assert.Equal(RingFault.BadIndirect, Read(0));

        _ring.Describe(1, _ring.Buffers + 0x1000, 16, Table);
        _ring.DescribeAt(_ring.Buffers + 0x1000, 0, _ring.Buffers, 16, Table);
        Assert.Equal(RingFault.BadIndirect, Read(1));

        _ring.Describe(2, ulong.MaxValue - 15, 16, Table);
        Assert.Equal(RingFault.BadAddress, Read(2));

        _ring.Describe(3, _ring.Buffers, 16, Table);
        _ring.DescribeAt(_ring.Buffers, 0, _ring.Buffers, 16);
        Assert.Equal(RingFault.BadIndirect, Read(3, indirect: false));
    }

    [Fact]
    public void ReadableBehindWritableIsRefused()
    {
        _ring.Describe(0, _ring.Buffers, 16, Next | Write, 1);
        _ring.Describe(1, _ring.Buffers, 16);
        Assert.Equal(RingFault.ReadableAfterWritable, Read(0));
    }

    [Fact]
    public void MoreSegmentsThanServedAreRefused()
    {
        const int count = DescriptorChain.MaxSegments + 1;
        var table = _ring.Buffers;
        _ring.Describe(0, table, count * 16, Table);
        for (var i = 0; i < count; i++)
            _ring.DescribeAt(table, i, _ring.Buffers, 1, i == count - 1 ? (ushort)0 : Next, (ushort)(i + 1));
        Assert.Equal(RingFault.TooLong, Read(0));
    }

    private unsafe RingFault Read(ushort head, bool indirect = true) =>
        ChainReader.Read(_memory.At(Base), _ring.Setup.Size, indirect, _map.Current, head, _chain);
}
