using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Sandbox;
using KataShimNet.AgentProto.Cri;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Shim.SandboxApi;
using KataShimNet.Shim.Sandboxes;
using Xunit;

namespace KataShimNet.UnitTests.Shim.SandboxApi;

public sealed class PodRequestTests
{
    private static readonly SandboxIdentity s_identity = new("k8s.io", "pod1");

    [Fact]
    public void APodIsReadFromTheOptions()
    {
        var pod = new PodSandboxConfig
        {
            Hostname = "web-0",
            DnsConfig = new DNSConfig { Servers = { "10.0.0.1", "10.0.0.2" }, Searches = { "a", "b" }, Options = { "ndots:5" } },
            Annotations = { ["io.katacontainers.x"] = "1" },
            Linux = new LinuxPodSandboxConfig
            {
                CgroupParent = "/kubepods/pod7",
                Sysctls = { ["net.core.somaxconn"] = "999" },
                Resources = new LinuxContainerResources { CpuQuota = 150000, CpuPeriod = 100000, CpuShares = 512, MemoryLimitInBytes = 1 << 28 },
                SecurityContext = new LinuxSandboxSecurityContext { NamespaceOptions = new NamespaceOption { Pid = NamespaceMode.Container } },
            },
        };
        var request = Read(pod, "/var/run/netns/cni-1");
        Assert.Equal("web-0", request.GuestName);
        Assert.Equal(["search a b", "nameserver 10.0.0.1", "nameserver 10.0.0.2", "options ndots:5"], request.Dns);
        Assert.Equal(NetnsRequest.At("/var/run/netns/cni-1"), request.Netns);
        Assert.Equal("/kubepods/pod7/pod1", request.CgroupsPath);
        Assert.Equal(new SandboxLimits(150000, 100000, 512, 1 << 28), request.Limits);
        Assert.False(request.SharedPids);
        Assert.Equal("999", request.Sysctls["net.core.somaxconn"]);
        Assert.Equal("1", request.Annotations["io.katacontainers.x"]);
    }

    [Fact]
    public void ASliceIsWrittenAsSystemdHasIt() => Assert.Equal(
        "pod7.slice:cri-containerd:pod1", Read(new PodSandboxConfig { Linux = new LinuxPodSandboxConfig { CgroupParent = "/kubepods.slice/pod7.slice" } }, "").CgroupsPath);

    [Fact]
    public void WithoutANamespaceThePodHasTheHostsNetwork() => Assert.Equal(NetnsRequest.Host, Read(new PodSandboxConfig(), "").Netns);

    [Fact]
    public void ProcessesAreSharedWhereThePodSaysSo() => Assert.True(Read(
        new PodSandboxConfig { Linux = new LinuxPodSandboxConfig { SecurityContext = new LinuxSandboxSecurityContext { NamespaceOptions = new NamespaceOption() } } }, "").SharedPids);

    [Fact]
    public void OptionsOfAnotherKindAreRefused()
    {
        var request = new CreateSandboxRequest { Options = new Any { TypeUrl = "x.y.Z" } };
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<TtrpcException>(() => PodRequest.Read(request, s_identity)).Code);
        request.Options = new Any { TypeUrl = "runtime.v1.PodSandboxConfig", Value = ByteString.CopyFrom(0xff) };
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<TtrpcException>(() => PodRequest.Read(request, s_identity)).Code);
    }

    private static SandboxRequest Read(PodSandboxConfig pod, string netns) => PodRequest.Read(
        new CreateSandboxRequest { NetnsPath = netns, Options = new Any { TypeUrl = "runtime.v1.PodSandboxConfig", Value = pod.ToByteString() } }, s_identity);
}
