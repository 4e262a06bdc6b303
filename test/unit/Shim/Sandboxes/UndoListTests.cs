using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using KataShimNet.Shim.Sandboxes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Sandboxes;

public sealed class UndoListTests
{
    [Fact]
    public async Task UndoneInReverseAndAFailureStopsNothing()
    {
        var done = new List<string>();
        var undo = new UndoList(NullLogger.Instance);
        undo.Push("first", () => done.Add("first"));
        undo.Push("second", () => throw new InvalidOperationException("no"));
        undo.Push("third", async () =>
        {
            await Task.Yield();
            done.Add("third");
        });
        await undo.UnwindAsync();
        Assert.Equal(["third", "first"], done);
        await undo.UnwindAsync();
        Assert.Equal(2, done.Count);
    }

    [Fact]
    public async Task WhatIsAddedMeanwhileIsUndoneToo()
    {
        var done = new List<string>();
        var undo = new UndoList(NullLogger.Instance);
        undo.Push("first", () => undo.Push("late", () => done.Add("late")));
        await undo.UnwindAsync();
        Assert.Equal(["late"], done);
    }
}
