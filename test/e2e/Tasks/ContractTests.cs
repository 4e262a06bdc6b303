using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.CgroupsV2;
using KataShimNet.AgentProto.Containerd.Runc;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;
using TaskStatus = KataShimNet.AgentProto.Containerd.Tasks.Status;

namespace KataShimNet.EndToEndTests.Tasks;

/// <summary>The contract between containerd and a shim, line by line: the calls go straight to the shim of a container that containerd runs.</summary>
public sealed class ContractTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private const string Resources = "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources";
    private const string ProcessType = "types.containerd.io/opencontainers/runtime-spec/1/Process";

    private string _service = "";
    private TtrpcClient _client = null!;

    [Theory]
    [InlineData("containerd.task.v2.Task")]
    [InlineData("containerd.task.v3.Task")]
    public async Task Every_call_answers_and_refuses_as_it_should(string service)
    {
        Assert.SkipUnless(TestNode.IsKatanet, "this is about our shim");
        _service = service;
        string id = await StartAsync("sleep", "1000");
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint($"{Node.Root}/run/katanet/default:{id}.sock"));
        await using TtrpcClient client = new(new NetworkStream(socket));
        _client = client;

        await UnknownIdsAsync(id);
        await RunningAsync(id);
        await ExecsAsync(id);
        await ResourcesAsync(id);
        await SecondContainerAsync(id);
    }

    private async Task UnknownIdsAsync(string id)
    {
        foreach ((string method, IMessage request) in ((string, IMessage)[])
        [
            ("State", new StateRequest { Id = "nobody" }),
            ("Start", new StartRequest { Id = "nobody" }),
            ("Delete", new DeleteRequest { Id = "nobody" }),
            ("Pids", new PidsRequest { Id = "nobody" }),
            ("Pause", new PauseRequest { Id = "nobody" }),
            ("Resume", new ResumeRequest { Id = "nobody" }),
            ("Checkpoint", new CheckpointTaskRequest { Id = "nobody" }),
            ("Kill", new KillRequest { Id = "nobody", Signal = 15 }),
            ("Exec", new ExecProcessRequest { Id = "nobody", ExecId = "e" }),
            ("ResizePty", new ResizePtyRequest { Id = "nobody" }),
            ("CloseIO", new CloseIORequest { Id = "nobody", Stdin = true }),
            ("Update", new UpdateTaskRequest { Id = "nobody" }),
            ("Wait", new WaitRequest { Id = "nobody" }),
            ("Stats", new StatsRequest { Id = "nobody" }),
            ("Connect", new ConnectRequest { Id = "nobody" }),
            ("State", new StateRequest { Id = id, ExecId = "nobody" }),
            ("Start", new StartRequest { Id = id, ExecId = "nobody" }),
            ("Kill", new KillRequest { Id = id, ExecId = "nobody", Signal = 15 }),
            ("Wait", new WaitRequest { Id = id, ExecId = "nobody" }),
            ("Delete", new DeleteRequest { Id = id, ExecId = "nobody" }),
            ("ResizePty", new ResizePtyRequest { Id = id, ExecId = "nobody" }),
            ("CloseIO", new CloseIORequest { Id = id, ExecId = "nobody", Stdin = true }),
        ])
        {
            await RefusedAsync(StatusCode.NotFound, method, request);
        }

        await RefusedAsync(StatusCode.Unimplemented, "Dance", new StateRequest());
    }

    private async Task RunningAsync(string id)
    {
        StateResponse state = await CallAsync("State", new StateRequest { Id = id }, StateResponse.Parser);
        Assert.Equal((id, TaskStatus.Running, 0u), (state.Id, state.Status, state.ExitStatus));
        Assert.NotEqual(0u, state.Pid);
        Assert.True(File.Exists($"{Node.Root}{state.Bundle}/config.json"));
        Assert.Equal(state.Pid, (await CallAsync("Connect", new ConnectRequest { Id = id }, ConnectResponse.Parser)).TaskPid);
        Assert.Equal(state.Pid, (await CallAsync("Pids", new PidsRequest { Id = id }, PidsResponse.Parser)).Processes[0].Pid);
        await RefusedAsync(StatusCode.FailedPrecondition, "Start", new StartRequest { Id = id });
        await RefusedAsync(StatusCode.FailedPrecondition, "Delete", new DeleteRequest { Id = id });
        await RefusedAsync(StatusCode.FailedPrecondition, "Resume", new ResumeRequest { Id = id });
        await RefusedAsync(StatusCode.AlreadyExists, "Create", new CreateTaskRequest { Id = id, Bundle = state.Bundle });
        await RefusedAsync(StatusCode.Unimplemented, "Create", new CreateTaskRequest { Id = "copy", Bundle = state.Bundle, Checkpoint = "/there" });
        await RefusedAsync(StatusCode.InvalidArgument, "Create", new CreateTaskRequest());
        await RefusedAsync(StatusCode.InvalidArgument, "Create", new CreateTaskRequest { Id = "empty", Bundle = "/var/empty" });
        await RefusedAsync(StatusCode.InvalidArgument, "Kill", new KillRequest { Id = id, Signal = 65 });
        await RefusedAsync(StatusCode.Unimplemented, "Checkpoint", new CheckpointTaskRequest { Id = id });
        // Without a terminal it is nothing, and with containers left it is too early.
        await DoAsync("ResizePty", new ResizePtyRequest { Id = id, Width = 80, Height = 25 });
        await DoAsync("Shutdown", new ShutdownRequest { Id = id });
        await DoAsync("Kill", new KillRequest { Id = id, Signal = 0 });
        Assert.Equal(TaskStatus.Running, (await CallAsync("State", new StateRequest { Id = id }, StateResponse.Parser)).Status);
    }

    private async Task ExecsAsync(string id)
    {
        await RefusedAsync(StatusCode.InvalidArgument, "Exec", new ExecProcessRequest { Id = id });
        await RefusedAsync(StatusCode.InvalidArgument, "Exec", new ExecProcessRequest { Id = id, ExecId = "e" });
        await RefusedAsync(StatusCode.InvalidArgument, "Exec", Exec(id, "e", "not JSON"));
        await DoAsync("Exec", Exec(id, "e", Shell("exec sleep 1000")));
        await RefusedAsync(StatusCode.AlreadyExists, "Exec", Exec(id, "e", Shell("true")));
        Assert.Equal(TaskStatus.Created, (await CallAsync("State", new StateRequest { Id = id, ExecId = "e" }, StateResponse.Parser)).Status);
        Assert.NotEqual(0u, (await CallAsync("Start", new StartRequest { Id = id, ExecId = "e" }, StartResponse.Parser)).Pid);
        await RefusedAsync(StatusCode.FailedPrecondition, "Start", new StartRequest { Id = id, ExecId = "e" });
        await RefusedAsync(StatusCode.FailedPrecondition, "Delete", new DeleteRequest { Id = id, ExecId = "e" });
        PidsResponse pids = await CallAsync("Pids", new PidsRequest { Id = id }, PidsResponse.Parser);
        Assert.Contains(pids.Processes, process => process.Info is { TypeUrl: "containerd.runc.v1.ProcessDetails" } info && ProcessDetails.Parser.ParseFrom(info.Value).ExecId == "e");

        Task<WaitResponse>[] waits = [.. Enumerable.Range(0, 8).Select(_ => CallAsync("Wait", new WaitRequest { Id = id, ExecId = "e" }, WaitResponse.Parser))];
        await DoAsync("Kill", new KillRequest { Id = id, ExecId = "e", Signal = 9 });
        foreach (WaitResponse answer in await Task.WhenAll(waits))
        {
            Assert.Equal(137u, answer.ExitStatus);
            Assert.NotNull(answer.ExitedAt);
        }

        Assert.Equal(137u, (await CallAsync("Wait", new WaitRequest { Id = id, ExecId = "e" }, WaitResponse.Parser)).ExitStatus);
        Assert.Equal(TaskStatus.Stopped, (await CallAsync("State", new StateRequest { Id = id, ExecId = "e" }, StateResponse.Parser)).Status);
        await RefusedAsync(StatusCode.NotFound, "Kill", new KillRequest { Id = id, ExecId = "e", Signal = 15 });
        await RefusedAsync(StatusCode.FailedPrecondition, "Start", new StartRequest { Id = id, ExecId = "e" });
        Assert.Equal(137u, (await CallAsync("Delete", new DeleteRequest { Id = id, ExecId = "e" }, DeleteResponse.Parser)).ExitStatus);
        await RefusedAsync(StatusCode.NotFound, "Delete", new DeleteRequest { Id = id, ExecId = "e" });
        // Its id is free again; what does not start can be deleted.
        await DoAsync("Exec", Exec(id, "e", """{"args":["no-such-program"],"cwd":"/"}"""));
        await RefusedAsync(StatusCode.NotFound, "Start", new StartRequest { Id = id, ExecId = "e" });
        await CallAsync("Delete", new DeleteRequest { Id = id, ExecId = "e" }, DeleteResponse.Parser);
    }

    private async Task ResourcesAsync(string id)
    {
        await RefusedAsync(StatusCode.InvalidArgument, "Update", new UpdateTaskRequest { Id = id });
        await RefusedAsync(StatusCode.InvalidArgument, "Update", Update(id, "[]"));
        await DoAsync("Update", Update(id, """{"memory":{"limit":50331648},"cpu":{"quota":50000,"period":100000},"pids":{"limit":77}}"""));
        Any stats = (await CallAsync("Stats", new StatsRequest { Id = id }, StatsResponse.Parser)).Stats;
        Assert.Equal("io.containerd.cgroups.v2.Metrics", stats.TypeUrl);
        Metrics metrics = Metrics.Parser.ParseFrom(stats.Value);
        Assert.Equal((50331648ul, 77ul, 1ul), (metrics.Memory.UsageLimit, metrics.Pids.Limit, metrics.Pids.Current));
        Assert.True(metrics.Memory.Usage is > 0 and < 50331648, metrics.ToString());
        Assert.True(metrics.Memory.Anon > 0 && metrics.Cpu.UsageUsec > 0 && metrics.MemoryEvents.OomKill == 0, metrics.ToString());
        // What is not named stays.
        await DoAsync("Update", Update(id, """{"memory":{"limit":67108864}}"""));
        metrics = Metrics.Parser.ParseFrom((await CallAsync("Stats", new StatsRequest { Id = id }, StatsResponse.Parser)).Stats.Value);
        Assert.Equal((67108864ul, 77ul), (metrics.Memory.UsageLimit, metrics.Pids.Limit));
    }

    // A second container of the sandbox, of which containerd knows nothing: created and never started, then started and ended.
    private async Task SecondContainerAsync(string id)
    {
        string bundle = $"/tmp/bundle-{id}";
        string root = (await Node.RunAsync("mktemp", "-d", "/mnt/root-XXXXXX")).Exits(0).Text.Trim();
        (await Node.RunAsync("sh", "-c", $"mkdir -p {root}/bin {root}/proc {root}/sys {root}/dev && cp /usr/bin/busybox {root}/bin/ && ln -s busybox {root}/bin/sleep")).Exits(0);
        try
        {
            StateResponse first = await CallAsync("State", new StateRequest { Id = id }, StateResponse.Parser);
            JsonNode spec = JsonNode.Parse(await File.ReadAllTextAsync($"{Node.Root}{first.Bundle}/config.json"))!;
            spec["root"]!["path"] = root;
            await Node.WriteFileAsync($"{bundle}/config.json", spec.ToJsonString());
            CreateTaskRequest create = new() { Id = "second", Bundle = bundle };

            Assert.NotEqual(0u, (await CallAsync("Create", create, CreateTaskResponse.Parser)).Pid);
            Assert.Equal(TaskStatus.Created, (await CallAsync("State", new StateRequest { Id = "second" }, StateResponse.Parser)).Status);
            await RefusedAsync(StatusCode.FailedPrecondition, "Pause", new PauseRequest { Id = "second" });
            await DoAsync("Exec", Exec("second", "early", Shell("true")));
            await RefusedAsync(StatusCode.FailedPrecondition, "Start", new StartRequest { Id = "second", ExecId = "early" });
            Task<WaitResponse> wait = CallAsync("Wait", new WaitRequest { Id = "second" }, WaitResponse.Parser);
            await DoAsync("Kill", new KillRequest { Id = "second", Signal = 15 });
            Assert.Equal(143u, (await wait).ExitStatus);
            await RefusedAsync(StatusCode.FailedPrecondition, "Start", new StartRequest { Id = "second" });
            await RefusedAsync(StatusCode.NotFound, "Kill", new KillRequest { Id = "second", Signal = 9 });
            Assert.Equal(143u, (await CallAsync("Delete", new DeleteRequest { Id = "second" }, DeleteResponse.Parser)).ExitStatus);
            await RefusedAsync(StatusCode.NotFound, "State", new StateRequest { Id = "second" });

            await CallAsync("Create", create, CreateTaskResponse.Parser);
            await CallAsync("Start", new StartRequest { Id = "second" }, StartResponse.Parser);
            await DoAsync("Exec", Exec("second", "late", Shell("true")));
            await DoAsync("Kill", new KillRequest { Id = "second", Signal = 9, All = true });
            Assert.Equal(137u, (await CallAsync("Wait", new WaitRequest { Id = "second" }, WaitResponse.Parser)).ExitStatus);
            await RefusedAsync(StatusCode.FailedPrecondition, "Start", new StartRequest { Id = "second", ExecId = "late" });
            await RefusedAsync(StatusCode.FailedPrecondition, "Pause", new PauseRequest { Id = "second" });
            await CallAsync("Delete", new DeleteRequest { Id = "second" }, DeleteResponse.Parser);
        }
        finally
        {
            (await Node.RunAsync("rm", "-rf", bundle, root)).Exits(0);
        }

        Assert.Equal(TaskStatus.Running, (await CallAsync("State", new StateRequest { Id = id }, StateResponse.Parser)).Status);
    }

    private static string Shell(string script) => $$"""{"args":["sh","-c",{{System.Text.Json.JsonSerializer.Serialize(script)}}],"env":["PATH=/bin:/usr/bin"],"cwd":"/"}""";

    private static ExecProcessRequest Exec(string id, string execId, string process) =>
        new() { Id = id, ExecId = execId, Spec = new Any { TypeUrl = ProcessType, Value = ByteString.CopyFromUtf8(process) } };

    private static UpdateTaskRequest Update(string id, string resources) =>
        new() { Id = id, Resources = new Any { TypeUrl = Resources, Value = ByteString.CopyFromUtf8(resources) } };

    private Task<T> CallAsync<T>(string method, IMessage request, MessageParser<T> parser)
        where T : IMessage<T> => _client.CallAsync(_service, method, request, parser, StartLimit);

    private Task<Empty> DoAsync(string method, IMessage request) => CallAsync(method, request, Empty.Parser);

    private async Task RefusedAsync(StatusCode code, string method, IMessage request)
    {
        TtrpcException error = await Assert.ThrowsAsync<TtrpcException>(() => CallAsync(method, request, Empty.Parser));
        Assert.True(code == error.Code, $"{method} {request}: expected {code}, but: {error.Code}: {error.Message}");
        Assert.NotEqual("", error.Message);
    }
}
