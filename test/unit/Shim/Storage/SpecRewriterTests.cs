using System.Linq;
using KataShimNet.Shim.Storage;
using KataShimNet.UnitTests.Oci;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Storage;

public sealed class SpecRewriterTests
{
    private const string Given = """
        {"ociVersion":"1.2.0","hostname":"h",
         "process":{"args":["sh"],"cwd":"/","apparmorProfile":"p","selinuxLabel":"l","user":{"uid":1,"gid":2}},
         "root":{"path":"rootfs","readonly":true},
         "hooks":{"prestart":[{"path":"/bin/hook"}]},
         "mounts":[
          {"destination":"/proc","type":"proc","source":"proc","options":["nosuid"]},
          {"destination":"/data","type":"bind","source":"/srv/data","options":["rbind","rw"]},
          {"destination":"/etc/hosts","type":"none","source":"/var/lib/hosts","options":["bind","ro"]},
          {"destination":"/dev/shm","type":"bind","source":"/run/containerd/x/shm","options":["rbind"]},
          {"destination":"/sys/fs/bpf","type":"bind","source":"/sys/fs/bpf","options":["bind"]},
          {"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["ro"]}],
         "linux":{"cgroupsPath":"/k8s.io/c1","mountLabel":"m","maskedPaths":["/proc/kcore"],"sysctl":{"net.ipv4.ip_forward":"1"},
          "namespaces":[{"type":"pid"},{"type":"network","path":"/var/run/netns/x"},{"type":"ipc","path":"/proc/7/ns/ipc"},{"type":"time"},{"type":"mount"}],
          "devices":[{"path":"/dev/fuse","type":"c","major":10,"minor":229},{"path":"/dev/sda","type":"b","major":8,"minor":0}],
          "resources":{"devices":[{"allow":false,"access":"rwm"}],"pids":{"limit":7},"memory":{"limit":1000000},
           "cpu":{"shares":512,"cpus":"2-3","mems":"0"},"blockIO":{"weight":10},"network":{"classID":1}}}}
        """;

    private const string Wanted = """
        {"ociVersion":"1.2.0","hostname":"h",
         "process":{"args":["sh"],"cwd":"/","user":{"uid":1,"gid":2}},
         "root":{"path":"/run/kata-containers/shared/containers/c1-rootfs","readonly":true},
         "mounts":[
          {"destination":"/proc","type":"proc","source":"proc","options":["nosuid"]},
          {"destination":"/data","type":"bind","source":"/run/kata-containers/shared/containers/c1-1-data","options":["rbind","rw"]},
          {"destination":"/etc/hosts","type":"bind","source":"/run/kata-containers/shared/containers/c1-2-hosts","options":["bind","ro"]},
          {"destination":"/dev/shm","type":"bind","source":"/run/kata-containers/sandbox/shm","options":["rbind"]},
          {"destination":"/sys/fs/bpf","type":"bind","source":"/sys/fs/bpf","options":["bind"]},
          {"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["ro"]}],
         "linux":{"cgroupsPath":"/c1","maskedPaths":["/proc/kcore"],"sysctl":{"net.ipv4.ip_forward":"1"},
          "namespaces":[{"type":"pid"},{"type":"ipc"},{"type":"mount"}],
          "devices":[{"path":"/dev/fuse","type":"c","major":10,"minor":229}],
          "resources":{"memory":{"limit":1000000},"cpu":{"shares":512}}}}
        """;

    [Fact]
    public void AHostsSpecificationBecomesAGuests()
    {
        var spec = OciDocuments.Spec(Given);
        var (volumes, dropped) = SpecRewriter.Apply(spec, "c1");
        Assert.Equal(OciDocuments.Written(OciDocuments.Spec(Wanted)).ToJsonString(), OciDocuments.Written(spec).ToJsonString());
        Assert.Equal(
            [
                new Volume("c1-1-data", "/srv/data", "/data", Recursive: true, ReadOnly: false),
                new Volume("c1-2-hosts", "/var/lib/hosts", "/etc/hosts", Recursive: false, ReadOnly: true),
            ],
            volumes);
        Assert.Equal(["/dev/sda (b 8:0)"], dropped);
    }

    [Fact]
    public void ContainerdsOwnSpecificationKeepsWhatTheGuestMounts()
    {
        var spec = KataShimNet.AgentProto.Oci.OciJson.ReadSpec(OciDocuments.Real("containerd.json"));
        var before = spec.Mounts.Select(m => m.Clone()).ToArray();
        var (volumes, _) = SpecRewriter.Apply(spec, "c1");
        Assert.Equal(before.Where(m => m.Type is not "bind"), spec.Mounts.Where(m => m.Type is not "bind"));
        Assert.Equal(volumes.Count, spec.Mounts.Count(m => m.Source.StartsWith("/run/kata-containers/shared/", System.StringComparison.Ordinal)));
        Assert.All(spec.Linux.Namespaces, n => Assert.Empty(n.Path));
    }
}
