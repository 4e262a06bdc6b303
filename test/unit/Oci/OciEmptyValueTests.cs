using System.Text;
using System.Text.Json.Nodes;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Oci;
using Xunit;
using OciLinux = KataShimNet.AgentProto.Kata.Oci.Linux;

namespace KataShimNet.UnitTests.Oci;

/// <summary>Zero and empty in the messages stand for "not set"; a runtime would take some of them for limits.</summary>
public sealed class OciEmptyValueTests
{
    [Fact]
    public void LimitsOfZeroAreNotWritten()
    {
        JsonObject json = OciDocuments.Written(new LinuxResources
        {
            Pids = new LinuxPids(),
            Memory = new LinuxMemory(),
            CPU = new LinuxCPU(),
            BlockIO = new LinuxBlockIO(),
            Network = new LinuxNetwork(),
        });
        Assert.Equal("""{"memory":{},"cpu":{},"blockIO":{}}""", json.ToJsonString());
    }

    [Fact]
    public void NoLimitIsKeptApartFromNotSet()
    {
        LinuxResources read = OciJson.ReadResources(Encoding.UTF8.GetBytes(
            """{"pids":{"limit":-1},"memory":{"limit":-1,"swap":-1},"cpu":{"quota":-1}}"""));
        Assert.Equal("""{"memory":{"limit":-1,"swap":-1},"cpu":{"quota":-1},"pids":{"limit":-1}}""",
            OciDocuments.Written(read).ToJsonString());
    }

    [Fact]
    public void ZeroIsWrittenWhereItIsAValue()
    {
        var process = new Process { Args = { "a" }, Cwd = "/", Rlimits = { new POSIXRlimit { Type = "RLIMIT_CORE" } } };
        JsonObject json = JsonNode.Parse(OciJson.WriteProcess(process))!.AsObject();
        Assert.Equal("""[{"type":"RLIMIT_CORE","hard":0,"soft":0}]""", json["rlimits"]!.ToJsonString());
        Assert.Equal("""{"uid":0,"gid":0}""", json["user"]!.ToJsonString());
        Assert.Equal(0, json["oomScoreAdj"]!.GetValue<int>());
        Assert.False(json.ContainsKey("consoleSize"));
        Assert.False(json.ContainsKey("apparmorProfile"));
        Assert.False(json.ContainsKey("capabilities"));
    }

    [Fact]
    public void EmptyCapabilitySetsMeanNone()
    {
        JsonNode json = JsonNode.Parse(OciJson.WriteProcess(new Process { Capabilities = new LinuxCapabilities() }))!;
        Assert.Equal(5, json["capabilities"]!.AsObject().Count);
    }

    [Fact]
    public void ANewNamespaceHasNoPath()
    {
        JsonObject json = OciDocuments.Written(new Spec
        {
            Linux = new OciLinux { Namespaces = { new LinuxNamespace { Type = "pid" }, new LinuxNamespace { Type = "ipc", Path = "/x" } } },
        });
        Assert.Equal("""[{"type":"pid"},{"type":"ipc","path":"/x"}]""", json["linux"]!["namespaces"]!.ToJsonString());
    }

    [Fact]
    public void AnEmptyFilterIsNone() =>
        Assert.Null(OciDocuments.Written(new Spec { Linux = new OciLinux { Seccomp = new LinuxSeccomp() } })["linux"]!["seccomp"]);

    [Theory]
    [InlineData("""{"allow":false,"access":"rwm"}""")]
    [InlineData("""{"allow":true,"type":"c","access":"m"}""")]
    [InlineData("""{"allow":true,"type":"c","major":136,"access":"rwm"}""")]
    [InlineData("""{"allow":true,"type":"c","major":5,"minor":0,"access":"rwm"}""")]
    [InlineData("""{"allow":true,"type":"b","major":0,"minor":0,"access":"r"}""")]
    public void ADeviceRuleKeepsWhichNumbersItNames(string rule)
    {
        LinuxResources read = OciJson.ReadResources(Encoding.UTF8.GetBytes($$"""{"devices":[{{rule}}]}"""));
        Assert.Equal(rule, OciDocuments.Written(read)["devices"]![0]!.ToJsonString());
    }

    [Fact]
    public void ARuleForEveryDeviceFromAnotherClientNamesNoNumbers() =>
        Assert.Equal("""{"allow":false,"type":"a","access":"rwm"}""",
            OciDocuments.Written(new LinuxResources { Devices = { new LinuxDeviceCgroup { Type = "a", Access = "rwm" } } })
                ["devices"]![0]!.ToJsonString());

    [Fact]
    public void ErrnoOfZeroAndNoErrnoDiffer()
    {
        const string Filter = """
            {"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
            {"names":["a"],"action":"SCMP_ACT_ERRNO","errnoRet":0},{"names":["b"],"action":"SCMP_ACT_ERRNO"},
            {"names":["c"],"action":"SCMP_ACT_ERRNO","errnoRet":38,"args":[{"index":0,"value":0,"op":"SCMP_CMP_EQ"}]}]}}}
            """;
        JsonArray rules = OciDocuments.Written(OciDocuments.Spec(Filter))["linux"]!["seccomp"]!["syscalls"]!.AsArray();
        Assert.Equal(0, rules[0]!["errnoRet"]!.GetValue<int>());
        Assert.False(rules[1]!.AsObject().ContainsKey("errnoRet"));
        Assert.Equal("""[{"index":0,"value":0,"valueTwo":0,"op":"SCMP_CMP_EQ"}]""", rules[2]!["args"]!.ToJsonString());
    }
}
