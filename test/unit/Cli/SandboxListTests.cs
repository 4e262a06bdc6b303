using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using KataShimNet.Cli.Commands;
using KataShimNet.Sandboxes;
using KataShimNet.Shim.Sandboxes;
using Xunit;

namespace KataShimNet.UnitTests.Cli;

/// <summary>What the shim notes is what katanet reads: the state files here are the shim's own.</summary>
public sealed class SandboxListTests : IDisposable
{
    private readonly string _stateDir = Directory.CreateTempSubdirectory("katanet-state-").FullName;

    public void Dispose() => Directory.Delete(_stateDir, recursive: true);

    [Fact]
    public void ContainersAreShownInATable()
    {
        using var text = new StringWriter();
        var started = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        InspectCommand.Print(text, new SandboxEntry("pod", "k8s.io", "running", 0, 61, null, "/run/katanet/k8s.io:pod", []),
        [
            new ContainerEntry("c1", "web", "nginx", 42, "running", started, started, null, null),
            new ContainerEntry("c2", null, null, 42, "stopped", started, started, started, 137),
        ]);
        Assert.EndsWith(
            """
            CONTAINER  NAME  STATUS   PID  STARTED               EXIT  IMAGE
            c1         web   running  42   2026-01-02 03:04:05Z  -     nginx
            c2         -     stopped  42   2026-01-02 03:04:05Z  137   -

            """,
            text.ToString(), StringComparison.Ordinal);
        Assert.Contains("up         1m1s\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ARunningSandboxHasItsProcessesAndTheirMemory()
    {
        StateFile state = Note("k8s.io", "abc", Mark("shim"));
        Assert.Equal("booting", Assert.Single(All()).State);
        state.Add(Mark("fsd"));
        state.Add(Mark("qemu"));
        SandboxEntry entry = Assert.Single(All());
        Assert.Equal(("abc", "k8s.io", "running", "/pods/abc"), (entry.Id, entry.Namespace, entry.State, entry.Cgroup));
        Assert.Equal(["shim", "fsd", "qemu"], entry.Processes.Select(process => process.Name));
        Assert.All(entry.Processes, process => Assert.Equal(Environment.ProcessId, process.Pid));
        Assert.True(entry.Processes[0].MemoryKib > 1000);
        Assert.InRange(entry.UptimeSeconds, 0, 3600);
        Assert.Equal("abc", JsonDocument.Parse(JsonSerializer.Serialize(entry, SandboxJson.Default.SandboxEntry)).RootElement.GetProperty("id").GetString());
    }

    [Fact]
    public void ANumberThatBelongsToAnotherProcessByNowIsNoProcessOfIt()
    {
        Note("default", "old", Mark("shim") with { StartTime = 1 });
        SandboxEntry entry = Assert.Single(All());
        Assert.Equal("dead", entry.State);
        Assert.Empty(entry.Processes);
    }

    [Fact]
    public void ABeginningOfAnIdIsEnoughWhenItIsTheOnlyOne()
    {
        Note("k8s.io", "abc1", Mark("shim"));
        Note("k8s.io", "abd", Mark("shim"));
        Note("k8s.io", "abd2", Mark("shim"));
        Directory.CreateDirectory(Path.Combine(_stateDir, "coherency"));
        var list = new SandboxList(_stateDir);
        Assert.Equal("abc1", list.Find("abc").Id);
        Assert.Equal("abd", list.Find("abd").Id);
        Assert.Contains("k8s.io:abd or k8s.io:abd2", Assert.Throws<SandboxException>(() => list.Find("ab")).Message, StringComparison.Ordinal);
        Assert.Contains("there is no sandbox x", Assert.Throws<SandboxException>(() => list.Find("x")).Message, StringComparison.Ordinal);
        Assert.Empty(new SandboxList(Path.Combine(_stateDir, "none")).All());
    }

    [Fact]
    public void TheTableHasALineForEach()
    {
        Note("k8s.io", "abc1", Mark("shim"));
        using var output = new StringWriter();
        PsCommand.Print(output, All());
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("NAMESPACE  SANDBOX  STATE ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("k8s.io     abc1     booting", lines[1], StringComparison.Ordinal);
        Assert.EndsWith($"shim:{Environment.ProcessId}", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, "5s")]
    [InlineData(65, "1m5s")]
    [InlineData(7260, "2h1m")]
    [InlineData(200_000, "2d7h")]
    public void TimesAreShort(long seconds, string text) => Assert.Equal(text, PsCommand.Duration(seconds));

    private System.Collections.Generic.IReadOnlyList<SandboxEntry> All() => new SandboxList(_stateDir).All();

    private StateFile Note(string @namespace, string id, ProcessMark shim)
    {
        var state = new StateFile(Path.Combine(_stateDir, $"{@namespace}:{id}"));
        state.Create(shim, $"/pods/{id}");
        return state;
    }

    private static ProcessMark Mark(string name) => ProcessMark.Of(name, Environment.ProcessId);
}
