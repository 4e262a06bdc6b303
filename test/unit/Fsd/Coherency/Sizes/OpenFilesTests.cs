using System;
using System.IO;
using KataShimNet.Fsd.Coherency.Sizes;
using KataShimNet.Fsd.Dax;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Sizes;

/// <summary>Who has which file open: two daemons and one table.</summary>
public sealed class OpenFilesTests : IDisposable
{
    private const int Bucket = 4711;

    private readonly string _folder = Directory.CreateTempSubdirectory("katanet-opens-").FullName;
    private readonly OpenFiles _one;
    private readonly OpenFiles _two;

    public OpenFilesTests() => (_one, _two) = (Map(0), Map(1023));

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void OnlyWhatAnotherHasOpenConcernsAnother()
    {
        Assert.False(_one.NoteResized(Bucket));
        _one.Enter(Bucket);
        Assert.False(_one.NoteResized(Bucket));
        _two.Enter(Bucket);
        _two.Enter(Bucket);
        Assert.True(_one.NoteResized(Bucket));
        Assert.False(_one.NoteResized(Bucket + 1));
        Assert.Equal([0, 1023], _one.Users(Bucket));
        _two.Leave(Bucket);
        Assert.True(_one.NoteResized(Bucket));
        _two.Leave(Bucket);
        Assert.False(_one.NoteResized(Bucket));
        Assert.Equal([0], _two.Users(Bucket));
    }

    [Fact]
    public void WhoOpensLearnsThatAnotherHasJustChangedTheSize()
    {
        _one.Enter(Bucket);
        Assert.False(_one.WasResized(Bucket));
        _one.NoteResized(Bucket);
        Assert.False(_one.WasResized(Bucket));
        Assert.True(_two.WasResized(Bucket));
        Assert.False(_two.WasResized(Bucket + 1));
        _two.NoteResized(Bucket);
        Assert.True(_one.WasResized(Bucket));
    }

    [Fact]
    public void WhatAnEarlierWorkerLeftGoesUnlessItIsStillOpen()
    {
        _two.Enter(Bucket);
        _two.Enter(Bucket + 1);
        using var next = Map(1023);
        next.Enter(Bucket);
        next.Settle();
        Assert.True(_one.NoteResized(Bucket));
        Assert.False(_one.NoteResized(Bucket + 1));
    }

    [Fact]
    public void EveryFileHasABucket()
    {
        for (var i = 0ul; i < 100_000; i++)
            Assert.InRange(OpenFiles.BucketOf(new FileIdentity(8, (uint)(i % 7), i)), 0, OpenFiles.Buckets - 1);
    }

    private OpenFiles Map(int slot) => OpenFiles.Map(OpenFiles.OpenFile(Path.Combine(_folder, OpenFiles.FileName)), slot);
}
