using System.IO;
using System.Text;
using KataShimNet.AgentProto.Oci;
using KataShimNet.Shim.Sandboxes;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Sandboxes;

public sealed class BundleRequestTests
{
    private static readonly SandboxIdentity s_identity = new("k8s.io", "pod1");

    [Fact]
    public void APodsRequestComesFromItsAnnotations()
    {
        var request = Parse("""
            {"hostname":"web-0",
             "annotations":{"io.kubernetes.cri.sandbox-id":"pod1","io.kubernetes.cri.sandbox-cpu-quota":"150000",
                            "io.kubernetes.cri.sandbox-cpu-period":"100000","io.kubernetes.cri.sandbox-cpu-shares":"512",
                            "io.kubernetes.cri.sandbox-memory":"268435456"},
             "linux":{"cgroupsPath":"/kubepods/pod1/x","resources":{"cpu":{"shares":2}},
                      "namespaces":[{"type":"pid"},{"type":"network","path":"/var/run/netns/cni-1"}]}}
            """);
        Assert.Equal("web-0", request.GuestName);
        Assert.Equal(NetnsRequest.At("/var/run/netns/cni-1"), request.Netns);
        Assert.Equal("/kubepods/pod1/x", request.CgroupsPath);
        Assert.Equal(new SandboxLimits(150000, 100000, 512, 268435456), request.Limits);
        Assert.Equal(1.5, request.Limits.Processors);
    }

    [Fact]
    public void WithoutAPodTheContainersOwnLimitsCount()
    {
        var request = Parse("""{"linux":{"resources":{"cpu":{"quota":50000,"period":100000},"memory":{"limit":1048576}}}}""");
        Assert.Equal(new SandboxLimits(50000, 100000, 0, 1048576), request.Limits);
        Assert.Equal("pod1", request.GuestName);
    }

    [Theory]
    [InlineData("""{"linux":{"namespaces":[{"type":"network"}]}}""", NetnsKind.New)]
    [InlineData("""{"linux":{"namespaces":[{"type":"pid"}]}}""", NetnsKind.Host)]
    [InlineData("{}", NetnsKind.Host)]
    public void TheNamespaceListSaysWhichNetwork(string json, object kind) => Assert.Equal(kind, Parse(json).Netns.Kind);

    [Theory]
    [InlineData("""{"destination":"/dev/shm","type":"tmpfs","source":"shm","options":["nosuid","size=65536k"]}""", 64L << 20)]
    [InlineData("""{"destination":"/dev/shm","type":"tmpfs","source":"shm","options":["size=2g"]}""", 2L << 30)]
    [InlineData("""{"destination":"/dev/shm","type":"tmpfs","source":"shm","options":["size=4096"]}""", 4096)]
    [InlineData("""{"destination":"/dev/shm","type":"tmpfs","source":"shm","options":["size=50%"]}""", 64L << 20)]
    [InlineData("""{"destination":"/dev/shm","type":"bind","source":"/dev/shm","options":["rbind"]}""", 64L << 20)]
    [InlineData("""{"destination":"/dev/shm","type":"bind","source":"/no/such/folder","options":["rbind"]}""", 64L << 20)]
    [InlineData("""{"destination":"/other","type":"tmpfs","options":["size=1m"]}""", 64L << 20)]
    public void TheSizeOfSharedMemoryIsThatOfTheMount(string mount, long size) =>
        Assert.Equal(size, Parse($$"""{"mounts":[{{mount}}]}""").ShmSize);

    [Fact]
    public void ABindMountHasTheSizeOfItsFileSystem()
    {
        var request = Parse("""{"mounts":[{"destination":"/dev/shm","type":"bind","source":"/dev/shm/.","options":["rbind"]}]}""");
        Assert.Equal(new DriveInfo("/dev/shm").TotalSize, request.ShmSize);
    }

    [Fact]
    public void ABundleWithoutConfigHasNoRequest()
    {
        var folder = Directory.CreateTempSubdirectory("katanet-");
        try
        {
            Assert.Null(BundleRequest.Read(folder.FullName, s_identity));
            File.WriteAllText(Path.Combine(folder.FullName, "config.json"), "{ \"annotations\": ");
            Assert.Throws<InvalidDataException>(() => BundleRequest.Read(folder.FullName, s_identity));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static SandboxRequest Parse(string json) => BundleRequest.From(OciJson.ReadSpec(Encoding.UTF8.GetBytes(json)), s_identity);
}
