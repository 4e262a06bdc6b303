using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Events;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.ShimApi;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Events;
using KataShimNet.Shim.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Tasks;

public sealed class TaskServiceTests : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private readonly ScriptedGuest _guest = new();
    private readonly RecordedEvents _events = new();
    private readonly FdPoller _poller = new();
    private readonly DirectoryInfo _bundle = Directory.CreateTempSubdirectory("katanet-bundle-");
    private readonly TaskService _service;

    public TaskServiceTests() =>
        _service = new TaskService(new TaskContext(_guest, _events, _poller, new KatanetOptions(), NullLogger.Instance, "default"), "pod");

    public async ValueTask DisposeAsync()
    {
        _poller.Dispose();
        await _guest.DisposeAsync();
        _bundle.Delete(recursive: true);
    }

    [Fact]
    public async Task AContainersLifeIsReportedInOrder()
    {
        Assert.Equal(4242u, (await CreateAsync("c")).Pid);
        Assert.Equal(Status.Created, (await StateAsync("c")).Status);
        await StartAsync("c");
        Assert.Equal(Status.Running, (await StateAsync("c")).Status);
        var waiting = WaitAsync("c");
        _guest.Init("c").Exit(7);
        Assert.Equal(7u, (await waiting.WaitAsync(s_limit)).ExitStatus);
        var state = await StateAsync("c");
        Assert.Equal((Status.Stopped, 7u), (state.Status, state.ExitStatus));
        Assert.Equal(7u, (await WaitAsync("c")).ExitStatus);
        Assert.Equal(7u, (await DeleteAsync("c")).ExitStatus);
        await RefusedAsync(StatusCode.NotFound, () => StateAsync("c"));
        Assert.Equal(["/tasks/create c", "/tasks/start c", "/tasks/exit c c 7", "/tasks/delete c 7"], _events.Lines);
    }

    [Fact]
    public async Task ContainersAreListedWithTheirStartsAndEnds()
    {
        await CreateAsync("b");
        await CreateAsync("a");
        await StartAsync("a");
        _guest.Init("a").Exit(7);
        await WaitAsync("a").WaitAsync(s_limit);
        var list = (await _service.ListAsync(new ListContainersRequest(), CancellationToken.None)).Containers;
        Assert.Equal([("b", "created", 4242u, 0u), ("a", "stopped", 4242u, 7u)], list.Select(one => (one.Id, one.Status, one.Pid, one.ExitCode)));
        Assert.Equal((null, null), (list[0].StartedAt, list[0].ExitedAt));
        Assert.True(list[1].CreatedAt.CompareTo(list[1].StartedAt) <= 0 && list[1].StartedAt.CompareTo(list[1].ExitedAt) <= 0);
    }

    [Fact]
    public async Task AnExecHasALifeOfItsOwn()
    {
        await CreateAsync("c");
        await ExecAsync("c", "e");
        await RefusedAsync(StatusCode.FailedPrecondition, () => StartAsync("c", "e"));
        await StartAsync("c");
        await RefusedAsync(StatusCode.AlreadyExists, () => ExecAsync("c", "e"));
        await StartAsync("c", "e");
        Assert.Contains("exec c/e sh -c true", _guest.Calls);
        await RefusedAsync(StatusCode.FailedPrecondition, () => DeleteAsync("c", "e"));
        _guest.Processes["c/e"].Exit(3);
        Assert.Equal(3u, (await WaitAsync("c", "e").WaitAsync(s_limit)).ExitStatus);
        Assert.Equal(Status.Running, (await StateAsync("c")).Status);
        await RefusedAsync(StatusCode.NotFound, () => KillAsync("c", 9, "e"));
        Assert.Equal(3u, (await DeleteAsync("c", "e")).ExitStatus);
        await RefusedAsync(StatusCode.NotFound, () => StateAsync("c", "e"));
        Assert.Equal(
            ["/tasks/create c", "/tasks/exec-added c e", "/tasks/start c", "/tasks/exec-started c e", "/tasks/exit c e 3"], _events.Lines);
    }

    [Fact]
    public async Task AnExecCannotStartAfterTheContainersEnd()
    {
        await RunAsync("c");
        await ExecAsync("c", "e");
        _guest.Init("c").Exit(0);
        await WaitAsync("c").WaitAsync(s_limit);
        await RefusedAsync(StatusCode.FailedPrecondition, () => StartAsync("c", "e"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"args":"no list"}""")]
    public async Task AnExecThatCannotBeReadIsRefused(string json)
    {
        await RunAsync("c");
        await RefusedAsync(StatusCode.InvalidArgument, () => ExecAsync("c", "e", json));
        await RefusedAsync(StatusCode.NotFound, () => StateAsync("c", "e"));
    }

    [Fact]
    public async Task KillReachesTheProcess()
    {
        await RunAsync("c");
        await RefusedAsync(StatusCode.InvalidArgument, () => KillAsync("c", 65));
        _guest.Init("c").CloseOutputs();
        await KillAsync("c", 9);
        Assert.Equal(137u, (await WaitAsync("c").WaitAsync(s_limit)).ExitStatus);
        var error = await RefusedAsync(StatusCode.NotFound, () => KillAsync("c", 9));
        Assert.Contains("process already finished", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KillEndsATaskThatWasNeverStarted()
    {
        await CreateAsync("c");
        var waiting = WaitAsync("c");
        await KillAsync("c", 0);
        Assert.Equal(Status.Created, (await StateAsync("c")).Status);
        await KillAsync("c", 15);
        Assert.Equal(143u, (await waiting.WaitAsync(s_limit)).ExitStatus);
        await RefusedAsync(StatusCode.FailedPrecondition, () => StartAsync("c"));
        await DeleteAsync("c");
        Assert.Equal(["/tasks/create c", "/tasks/exit c c 143", "/tasks/delete c 143"], _events.Lines);
    }

    [Fact]
    public async Task StatesRefuseWhatDoesNotFit()
    {
        await RefusedAsync(StatusCode.NotFound, () => StartAsync("c"));
        await RefusedAsync(StatusCode.NotFound, () => KillAsync("c", 9));
        await RunAsync("c");
        await RefusedAsync(StatusCode.AlreadyExists, () => CreateAsync("c"));
        await RefusedAsync(StatusCode.FailedPrecondition, () => StartAsync("c"));
        await RefusedAsync(StatusCode.FailedPrecondition, () => DeleteAsync("c"));
        await RefusedAsync(StatusCode.NotFound, () => StateAsync("c", "none"));
    }

    [Fact]
    public async Task AFailedCreateLeavesNothing()
    {
        var error = await RefusedAsync(StatusCode.InvalidArgument, () => CreateAsync("c", ScriptedGuest.Broken));
        Assert.Equal("the bundle is broken", error.Message);
        await RefusedAsync(StatusCode.NotFound, () => StateAsync("c"));
        await CreateAsync("c");
    }

    [Fact]
    public async Task AFailedStartNamesTheCauseAndCanBeDeleted()
    {
        await CreateAsync("c");
        _guest.StartError = new TtrpcException(StatusCode.Internal, "executable file `nope` not found");
        var error = await RefusedAsync(StatusCode.Internal, () => StartAsync("c"));
        Assert.Equal("container c cannot be started: executable file `nope` not found", error.Message);
        await DeleteAsync("c");
        Assert.Equal(["/tasks/create c", "/tasks/exit c c 137", "/tasks/delete c 137"], _events.Lines);
    }

    [Fact]
    public async Task TheSandboxesEndIsEveryProcessesEnd()
    {
        await RunAsync("a");
        await RunAsync("b");
        await ExecAsync("a", "e");
        await StartAsync("a", "e");
        await _guest.DieAsync("QEMU was killed by signal 9");
        Assert.Equal(137u, (await WaitAsync("a").WaitAsync(s_limit)).ExitStatus);
        Assert.Equal(137u, (await WaitAsync("a", "e").WaitAsync(s_limit)).ExitStatus);
        Assert.Equal(137u, (await WaitAsync("b").WaitAsync(s_limit)).ExitStatus);
        Assert.Equal(Status.Stopped, (await StateAsync("a")).Status);
        Assert.Contains("/tasks/exit b b 137", _events.Lines);
        await DeleteAsync("a");
        await DeleteAsync("b");
    }

    [Fact]
    public async Task AStartInADeadSandboxTellsWhy()
    {
        await CreateAsync("c");
        await _guest.DieAsync("QEMU was killed by signal 9");
        var error = await RefusedAsync(StatusCode.Aborted, () => StartAsync("c"));
        Assert.Contains("QEMU was killed by signal 9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKillInADyingSandboxFindsNothingAndTheEndIsPublished()
    {
        await RunAsync("c");
        _guest.IsDeaf = true;
        var kill = RefusedAsync(StatusCode.NotFound, () => KillAsync("c", 9));
        await _guest.DieAsync("QEMU was killed by signal 9");
        Assert.Contains("QEMU was killed by signal 9", (await kill.WaitAsync(s_limit)).Message, StringComparison.Ordinal);
        Assert.Equal(137u, (await WaitAsync("c").WaitAsync(s_limit)).ExitStatus);
    }

    [Fact]
    public async Task ShutdownCountsWhenNoContainerIsLeft()
    {
        await RunAsync("c");
        await _service.ShutdownAsync(new ShutdownRequest { Id = "c" }, default);
        Assert.False(_service.ShutdownRequested.IsCompleted);
        _guest.Init("c").Exit(0);
        await WaitAsync("c").WaitAsync(s_limit);
        await DeleteAsync("c");
        await _service.ShutdownAsync(new ShutdownRequest { Id = "c" }, default);
        await _service.ShutdownRequested.WaitAsync(s_limit);
    }

    [Fact]
    public async Task TheSandboxIsKnownWithoutATask()
    {
        var connected = await _service.ConnectAsync(new ConnectRequest { Id = "pod" }, default);
        Assert.Equal(((uint)Environment.ProcessId, 0u), (connected.ShimPid, connected.TaskPid));
        Assert.Empty((await _service.PidsAsync(new PidsRequest { Id = "pod" }, default)).Processes);
        await RefusedAsync(StatusCode.NotFound, () => _service.ConnectAsync(new ConnectRequest { Id = "c" }, default));
        await RefusedAsync(StatusCode.NotFound, () => _service.PidsAsync(new PidsRequest { Id = "c" }, default));
        await RunAsync("c");
        Assert.Equal(4242u, (await _service.ConnectAsync(new ConnectRequest { Id = "c" }, default)).TaskPid);
        Assert.Equal(4242u, Assert.Single((await _service.PidsAsync(new PidsRequest { Id = "c" }, default)).Processes).Pid);
    }

    [Fact]
    public async Task StdioThatCannotBeUsedFailsTheCreate()
    {
        var missing = await RefusedAsync(StatusCode.NotFound, () => _service.CreateAsync(new CreateTaskRequest { Id = "c", Stdout = "/nowhere/fifo" }, default));
        Assert.Contains("/nowhere/fifo", missing.Message, StringComparison.Ordinal);
        await RefusedAsync(StatusCode.NotFound, () => _service.CreateAsync(new CreateTaskRequest { Id = "c", Stdout = "binary:///no/such/logger" }, default));
        await RefusedAsync(StatusCode.InvalidArgument, () => _service.CreateAsync(new CreateTaskRequest(), default));
    }

    [Fact]
    public async Task APausedContainerStartsNothingAndCanBeKilled()
    {
        await RunAsync("c");
        await ExecAsync("c", "e");
        await RefusedAsync(StatusCode.FailedPrecondition, () => _service.ResumeAsync(new ResumeRequest { Id = "c" }, default));
        await _service.PauseAsync(new PauseRequest { Id = "c" }, default);
        Assert.Equal(Status.Paused, (await StateAsync("c")).Status);
        await RefusedAsync(StatusCode.FailedPrecondition, () => _service.PauseAsync(new PauseRequest { Id = "c" }, default));
        await RefusedAsync(StatusCode.FailedPrecondition, () => StartAsync("c", "e"));
        await RefusedAsync(StatusCode.FailedPrecondition, () => DeleteAsync("c"));
        await _service.ResumeAsync(new ResumeRequest { Id = "c" }, default);
        Assert.Equal(Status.Running, (await StateAsync("c")).Status);
        await _service.PauseAsync(new PauseRequest { Id = "c" }, default);
        await KillAsync("c", 9);
        Assert.Equal(137u, (await WaitAsync("c").WaitAsync(s_limit)).ExitStatus);
        await RefusedAsync(StatusCode.FailedPrecondition, () => _service.ResumeAsync(new ResumeRequest { Id = "c" }, default));
        Assert.Equal(
            ["/tasks/create c", "/tasks/start c", "/tasks/exec-added c e", "/tasks/paused c", "/tasks/resumed c", "/tasks/paused c", "/tasks/exit c c 137"],
            _events.Lines);
    }

    [Fact]
    public async Task ShortageOfMemoryIsToldBeforeTheEndAndOnce()
    {
        await RunAsync("c");
        await RunAsync("d");
        _guest.OomKills = 1;
        _guest.Init("c").Exit(137);
        Assert.Equal(137u, (await WaitAsync("c").WaitAsync(s_limit)).ExitStatus);
        // The agent's own event comes late for the first, and in time for the second.
        await _guest.OomEvents.Writer.WriteAsync("c", TestContext.Current.CancellationToken);
        await _guest.OomEvents.Writer.WriteAsync("d", TestContext.Current.CancellationToken);
        while (!_events.Lines.Contains("/tasks/oom d"))
            await Task.Delay(10, TestContext.Current.CancellationToken);
        _guest.Init("d").Exit(137);
        await WaitAsync("d").WaitAsync(s_limit);
        Assert.Equal(["/tasks/oom c", "/tasks/exit c c 137", "/tasks/oom d", "/tasks/exit d d 137"], _events.Lines.Skip(4));
    }

    [Fact]
    public async Task NewLimitsReachTheMachineAndThenTheContainer()
    {
        await RunAsync("c");
        var resources = new Any { Value = ByteString.CopyFromUtf8("""{"memory":{"limit":4096}}""") };
        await _service.UpdateAsync(new UpdateTaskRequest { Id = "c", Resources = resources }, default);
        // The wait for the end of a process that has begun may come in between.
        Assert.Equal(["resize c 4096", "update c 4096"], _guest.Calls.Where(call => call.EndsWith(" 4096", StringComparison.Ordinal)));
        await RefusedAsync(StatusCode.InvalidArgument, () => _service.UpdateAsync(new UpdateTaskRequest { Id = "c" }, default));
        var error = await RefusedAsync(StatusCode.Unimplemented, () => _service.CheckpointAsync(new CheckpointTaskRequest { Id = "c" }, default));
        Assert.Contains("cannot be checkpointed", error.Message, StringComparison.Ordinal);
    }

    private async Task RunAsync(string id)
    {
        await CreateAsync(id);
        await StartAsync(id);
    }

    private async Task<CreateTaskResponse> CreateAsync(string id, string hostname = "host")
    {
        await File.WriteAllTextAsync(Path.Combine(_bundle.FullName, "config.json"), $$"""{"ociVersion":"1.2.0","hostname":"{{hostname}}"}""");
        return await _service.CreateAsync(new CreateTaskRequest { Id = id, Bundle = _bundle.FullName }, default);
    }

    private Task<StartResponse> StartAsync(string id, string exec = "") => _service.StartAsync(new StartRequest { Id = id, ExecId = exec }, default);

    private Task<StateResponse> StateAsync(string id, string exec = "") => _service.StateAsync(new StateRequest { Id = id, ExecId = exec }, default);

    private Task<WaitResponse> WaitAsync(string id, string exec = "") => _service.WaitAsync(new WaitRequest { Id = id, ExecId = exec }, default);

    private Task<DeleteResponse> DeleteAsync(string id, string exec = "") => _service.DeleteAsync(new DeleteRequest { Id = id, ExecId = exec }, default);

    private Task<Empty> KillAsync(string id, uint signal, string exec = "") =>
        _service.KillAsync(new KillRequest { Id = id, ExecId = exec, Signal = signal }, default);

    private Task<Empty> ExecAsync(string id, string exec, string json = """{"args":["sh","-c","true"],"cwd":"/","user":{"uid":0,"gid":0}}""") =>
        _service.ExecAsync(new ExecProcessRequest { Id = id, ExecId = exec, Spec = new Any { Value = ByteString.CopyFromUtf8(json) } }, default);

    private static async Task<TtrpcException> RefusedAsync(StatusCode code, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<TtrpcException>(call);
        Assert.Equal(code, error.Code);
        return error;
    }

    private sealed class RecordedEvents : IEventSink
    {
        private readonly Lock _gate = new();
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_gate)
                    return [.. _lines];
            }
        }

        public void Publish(string topic, IMessage message)
        {
            var text = message switch
            {
                TaskCreate m => m.ContainerId,
                TaskStart m => m.ContainerId,
                TaskExit m => $"{m.ContainerId} {m.Id} {m.ExitStatus}",
                TaskDelete m => $"{m.ContainerId} {m.ExitStatus}",
                TaskExecAdded m => $"{m.ContainerId} {m.ExecId}",
                TaskExecStarted m => $"{m.ContainerId} {m.ExecId}",
                TaskPaused m => m.ContainerId,
                TaskResumed m => m.ContainerId,
                TaskOOM m => m.ContainerId,
                _ => throw new ArgumentException($"unexpected event {message.Descriptor.Name}"),
            };
            lock (_gate)
                _lines.Add($"{topic} {text}");
        }
    }
}
