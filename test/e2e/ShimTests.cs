using System.IO;
using System.Net.Sockets;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Containerd.Types;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;
using TaskStatus = KataShimNet.AgentProto.Containerd.Tasks.Status;

namespace KataShimNet.EndToEndTests;

/// <summary>The shim as containerd may speak to it, beyond what this version of containerd does.</summary>
public sealed class ShimTests(NodeFixture fixture) : ContainerTest(fixture)
{
    [Theory]
    [InlineData("containerd.task.v2.Task")]
    [InlineData("containerd.task.v3.Task")]
    public async Task Both_versions_of_the_task_service_answer(string service)
    {
        Assert.SkipUnless(TestNode.IsKatanet, "this is about our shim");
        string id = await StartAsync("sleep", "1000");
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint($"{Node.Root}/run/katanet/default:{id}.sock"));
        await using TtrpcClient client = new(new NetworkStream(socket));

        StateResponse state = await client.CallAsync(service, "State", new StateRequest { Id = id }, StateResponse.Parser, StartLimit);
        Assert.Equal((TaskStatus.Running, id), (state.Status, state.Id));
        ConnectResponse connected = await client.CallAsync(service, "Connect", new ConnectRequest { Id = id }, ConnectResponse.Parser, StartLimit);
        Assert.Equal(state.Pid, connected.TaskPid);
        Assert.NotEqual(0u, connected.ShimPid);
        PidsResponse pids = await client.CallAsync(service, "Pids", new PidsRequest { Id = id }, PidsResponse.Parser, StartLimit);
        Assert.Contains(pids.Processes, process => process.Pid == state.Pid);

        Assert.Equal(StatusCode.NotFound, await CodeAsync(client, service, "State", new StateRequest { Id = "nobody" }));
        Assert.Equal(StatusCode.Unimplemented, await CodeAsync(client, service, "Checkpoint", new CheckpointTaskRequest { Id = id }));
        Assert.Equal(StatusCode.FailedPrecondition, await CodeAsync(client, service, "Delete", new DeleteRequest { Id = id }));
    }

    [Fact]
    public async Task It_says_what_it_is()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "this is about our shim");
        Assert.Contains("io.containerd.katanet.v2", (await Node.RunAsync("containerd-shim-katanet-v2", "-v")).Exits(0).Text);
        (await Node.RunAsync("sh", "-c", "containerd-shim-katanet-v2 -info </dev/null >/tmp/info")).Exits(0);
        RuntimeInfo info = RuntimeInfo.Parser.ParseFrom(await File.ReadAllBytesAsync($"{Node.Root}/tmp/info"));
        File.Delete($"{Node.Root}/tmp/info");
        Assert.Equal("io.containerd.katanet.v2", info.Name);
        Assert.Matches(@"^\d+\.\d+\.\d+$", info.Version.Version);
        Assert.EndsWith("/features/Features", info.Features.TypeUrl, System.StringComparison.Ordinal);
        using System.Text.Json.JsonDocument features = System.Text.Json.JsonDocument.Parse(info.Features.Value.Memory);
        Assert.Contains(features.RootElement.GetProperty("mountOptions").EnumerateArray(), option => option.GetString() == "rro");
        if (TestNode.Containerd.StartsWith('2'))
        {
            string said = (await CtrAsync("plugins", "inspect-runtime", "--runtime", TestNode.Runtime)).Exits(0).Text;
            Assert.Contains("rro", said, System.StringComparison.Ordinal);
        }
    }

    private static async Task<StatusCode> CodeAsync(TtrpcClient client, string service, string method, Google.Protobuf.IMessage request) =>
        (await Assert.ThrowsAsync<TtrpcException>(() => client.CallAsync(service, method, request, Empty.Parser, StartLimit))).Code;
}
