using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Network;

/// <summary>OCI hooks on the host, as nerdctl uses them: a createRuntime hook calls CNI for /proc/PID/ns/net, a poststop hook takes it back.</summary>
public sealed class HookTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private const string Folder = "/tmp/hooks";

    private const string CniHook = """
        #!/bin/sh
        set -e
        state=$(cat)
        echo "$1 $HOOK_MARK $state" >> /tmp/hooks/calls
        pid=$(echo "$state" | sed -n 's/.*"pid":\([0-9]*\).*/\1/p')
        export CNI_CONTAINERID=$(echo "$state" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p') CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni
        case $1 in
            createRuntime) CNI_COMMAND=ADD CNI_NETNS=/proc/$pid/ns/net /usr/lib/cni/bridge < /tmp/hooks/network.json > /tmp/hooks/result ;;
            poststop) CNI_COMMAND=DEL CNI_NETNS= /usr/lib/cni/bridge < /tmp/hooks/network.json ;;
        esac
        """;

    private const string Network = """
        {
          "cniVersion": "1.0.0", "name": "hooked", "type": "bridge", "bridge": "hook0", "isGateway": true,
          "ipam": { "type": "host-local", "dataDir": "/tmp/hooks/ipam", "ranges": [[{ "subnet": "10.92.0.0/24" }]], "routes": [{ "dst": "0.0.0.0/0" }] }
        }
        """;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Node.WriteFileAsync(Folder + "/cni", CniHook, executable: true);
        await Node.WriteFileAsync(Folder + "/network.json", Network);
        await Node.WriteFileAsync(Folder + "/fail", "#!/bin/sh\necho 'no luck today' >&2\nexit 3\n", executable: true);
        (await Node.RunAsync("sh", "-c", $"mkdir -p {Folder}/root/bin {Folder}/root/proc {Folder}/root/dev {Folder}/root/sys {Folder}/root/run && cp /usr/bin/busybox {Folder}/root/bin/busybox; for a in sh ip ping cat sleep; do ln -sf busybox {Folder}/root/bin/$a; done")).Exits(0);
    }

    public override async ValueTask DisposeAsync()
    {
        await Node.RunAsync("sh", "-c", $"ip link del hook0; rm -rf {Folder}");
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_network_that_hooks_set_up_is_the_container_s_and_goes_with_it()
    {
        string id = NewId("hooked");
        await WriteSpecAsync(id, new JsonObject
        {
            ["createRuntime"] = new JsonArray(Hook("createRuntime")),
            // A program of the container, run in it: what it writes is in the container's root.
            ["startContainer"] = new JsonArray(new JsonObject
            {
                ["path"] = "/bin/sh",
                ["args"] = new JsonArray("sh", "-c", "cat > /state; ip -o link > /links"),
            }),
            ["poststart"] = new JsonArray(Hook("poststart")),
            ["poststop"] = new JsonArray(Hook("poststop")),
        });
        (await RunSpecAsync(id)).Exits(0);
        string address = JsonNode.Parse(await ReadAsync("result"))!["ips"]![0]!["address"]!.GetValue<string>();
        string text = (await CtrAsync("tasks", "exec", "--exec-id", "look", id, "sh", "-c", "ip addr show eth0; ip route; ping -c 2 10.92.0.1")).Exits(0).Text;
        Assert.Contains(address, text);
        Assert.Contains("default via 10.92.0.1", text);
        (await Node.RunAsync("busybox", "ping", "-c", "1", address.Split('/')[0])).Exits(0);
        (await Node.RunAsync("sh", "-c", "ls /tmp/hooks/ipam/hooked | grep -c ^10.92")).Prints("1");

        JsonNode inside = JsonNode.Parse(await ReadAsync("root/state"))!;
        Assert.Equal(id, inside["id"]!.GetValue<string>());
        Assert.Contains("eth0", await ReadAsync("root/links"));

        await RemoveAsync(id);
        string[] calls = (await ReadAsync("calls")).Trim().Split('\n');
        Assert.Equal(["createRuntime", "poststart", "poststop"], calls.Select(line => line.Split(' ')[0]));
        JsonNode[] states = [.. calls.Select(line => JsonNode.Parse(line[line.IndexOf('{', StringComparison.Ordinal)..])!)];
        Assert.All(states, state => Assert.Equal(id, state["id"]!.GetValue<string>()));
        Assert.All(calls, line => Assert.Contains(" marked ", line));
        Assert.Equal(["creating", "running", "stopped"], states.Select(state => state["status"]!.GetValue<string>()));
        Assert.All(states, state => Assert.Contains(id, state["bundle"]!.GetValue<string>()));
        Assert.Equal("kept", states[0]["annotations"]!["test.note"]!.GetValue<string>());
        (await Node.RunAsync("sh", "-c", "ls /tmp/hooks/ipam/hooked | grep -c ^10.92")).Prints("0");
    }

    [Theory]
    [InlineData("fail", "no luck today", "status 3")]
    [InlineData("missing", "/tmp/hooks/missing", "No such file")]
    public async Task A_hook_that_fails_fails_the_start_and_poststop_undoes(string program, params string[] words)
    {
        string id = NewId("failing");
        await WriteSpecAsync(id, new JsonObject
        {
            ["prestart"] = new JsonArray(new JsonObject { ["path"] = $"{Folder}/{program}" }),
            ["poststop"] = new JsonArray(Hook("poststop")),
        });
        (await RunSpecAsync(id)).FailsNaming(["ctr:", "prestart", .. words]);
        Assert.StartsWith("poststop", await ReadAsync("calls"));
    }

    [Fact]
    public async Task A_hook_that_does_not_end_is_killed_when_its_time_is_up()
    {
        await Node.WriteFileAsync(Folder + "/slow", "#!/bin/sh\nexec sleep 1000\n", executable: true);
        string id = NewId("slow");
        await WriteSpecAsync(id, new JsonObject
        {
            ["createRuntime"] = new JsonArray(new JsonObject { ["path"] = $"{Folder}/slow", ["timeout"] = 1 }),
        });
        (await RunSpecAsync(id)).FailsNaming("ctr:", "createRuntime", "slow");
    }

    private static JsonObject Hook(string stage) => new()
    {
        ["path"] = $"{Folder}/cni",
        ["args"] = new JsonArray("cni", stage),
        ["env"] = new JsonArray("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOOK_MARK=marked"),
        ["timeout"] = 60,
    };

    private async Task WriteSpecAsync(string id, JsonObject hooks)
    {
        JsonNode spec = JsonNode.Parse((await CtrAsync("oci", "spec")).Exits(0).Text)!;
        spec["root"]!["path"] = Folder + "/root";
        spec["process"]!["args"] = new JsonArray("sleep", "100000");
        spec["process"]!["env"] = new JsonArray("PATH=/bin");
        spec["hooks"] = hooks;
        spec["annotations"] = new JsonObject { ["test.note"] = "kept" };
        await Node.WriteFileAsync($"{Folder}/{id}.json", spec.ToJsonString());
    }

    private Task<CommandResult> RunSpecAsync(string id) => Node.RunAsync(
        StartLimit, null, "ctr", "run", "--detach", "--runtime", TestNode.Runtime, "--config", $"{Folder}/{id}.json", id);

    private Task<string> ReadAsync(string name) => File.ReadAllTextAsync($"{Node.Root}{Folder}/{name}");
}
