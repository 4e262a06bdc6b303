using KataShimNet.Fsd.Coherency.Sizes;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Sizes;

/// <summary>What a guest is taken to know of files' sizes.</summary>
public sealed class KnownSizesTests
{
    private const ulong Node = (7ul << 32) | 0x123;

    private readonly KnownSizes _known = new();

    [Fact]
    public void NothingIsKnownAtFirst()
    {
        Assert.False(_known.Knows(Node, 0));
        _known.Hold(Node);
        Assert.False(_known.Knows(Node, 0));
        // Where it ends is still not known.
        _known.Reached(Node, 10);
        Assert.False(_known.Knows(Node, 10));
    }

    [Fact]
    public void WhatAnAnswerSaidCountsUntilTheFileIsOpen()
    {
        _known.Told(Node, 10);
        Assert.True(_known.Knows(Node, 10));
        _known.Told(Node, 11);
        _known.Hold(Node);
        _known.Told(Node, 12);
        Assert.True(_known.Knows(Node, 11));
        _known.Release(Node);
        _known.Told(Node, 12);
        Assert.True(_known.Knows(Node, 12));
    }

    [Fact]
    public void OwnWritesMakeItLongerAndOwnCutsShorter()
    {
        _known.Told(Node, 100);
        _known.Hold(Node);
        _known.Reached(Node, 50);
        Assert.True(_known.Knows(Node, 100));
        _known.Reached(Node, 150);
        Assert.True(_known.Knows(Node, 150));
        _known.Set(Node, 5);
        Assert.True(_known.Knows(Node, 5));
        _known.Told(Node, 9);
        Assert.True(_known.Knows(Node, 5));
    }

    [Fact]
    public void WhatWasAskedForCountsUnlessTheGuestHasWrittenMeanwhile()
    {
        _known.Hold(Node);
        var before = _known.Read(Node);
        _known.Confirm(Node, before, 20);
        Assert.True(_known.Knows(Node, 20));
        before = _known.Read(Node);
        _known.Reached(Node, 30);
        _known.Confirm(Node, before, 20);
        Assert.True(_known.Knows(Node, 30));
    }

    [Fact]
    public void FilesDoNotTakeOneAnothersSizes()
    {
        for (var node = 1ul; node < 100_000; node += 3)
            _known.Told((node << 32) | node, node);
        for (var node = 1ul; node < 100_000; node += 3)
            Assert.False(_known.Knows((node << 32) | node, node + 3));
        Assert.True(_known.Knows((99_997ul << 32) | 99_997, 99_997));
    }
}
