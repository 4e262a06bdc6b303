using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Sandboxes;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Sandboxes;

public sealed class StateFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("katanet-").FullName;
    private readonly SandboxIdentity _identity = new("ns", "id");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void WhatIsWrittenIsRead()
    {
        var file = File();
        Assert.Null(file.Read());
        var us = ProcessMark.Of("shim", Environment.ProcessId);
        file.Create(us);
        file.Add(new ProcessMark("qemu", 4_000_000, 12));
        var record = file.Read()!;
        Assert.Equal(us, record.Shim);
        Assert.True(record.Shim.IsAlive());
        Assert.Equal([new ProcessMark("qemu", 4_000_000, 12)], record.Children);
        Assert.False(record.Children[0].IsAlive());
        file.Clear();
        Assert.Empty(file.Read()!.Children);
        Assert.Equal(["state.json"], Array.ConvertAll(Directory.GetFiles(file.Folder), f => Path.GetFileName(f)!));
    }

    [Fact]
    public void TheSamePidAtAnotherTimeIsAnotherProcess()
    {
        var us = ProcessMark.Of("shim", Environment.ProcessId);
        Assert.False((us with { StartTime = us.StartTime + 1 }).IsAlive());
    }

    [Fact]
    public async Task CleanUpKillsWhatIsRecordedAndNothingElse()
    {
        using var recorded = Sleeper();
        using var other = Sleeper();
        var file = File();
        file.Create(new ProcessMark("shim", 4_000_000, 1));
        file.Add(ProcessMark.Of("qemu", recorded.Pid));
        var foreign = ProcessMark.Of("fsd", other.Pid);
        file.Add(foreign with { StartTime = foreign.StartTime + 1 });
        var options = new RuntimeOptions { StateDir = _folder };
        await SandboxCleanup.RunAsync(_identity, options, TimeSpan.Zero);
        Assert.Equal(new ChildExit(9, Signalled: true), await recorded.Exited);
        Assert.False(other.Exited.IsCompleted);
        Assert.False(Directory.Exists(file.Folder));
        // Once more, for a sandbox that is not there any more.
        await SandboxCleanup.RunAsync(_identity, options, TimeSpan.Zero);
        other.Kill(9);
        await other.Exited;
    }

    private static ChildProcess Sleeper() => ChildProcess.Start(new ChildStart { Path = "/bin/sleep", Arguments = new List<string> { "sleep", "600" } });

    private StateFile File() => new(_identity.StateFolder(new RuntimeOptions { StateDir = _folder }));
}
