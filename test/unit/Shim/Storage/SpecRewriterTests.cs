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
         "hooks":{"prestart":[{"path":"/bin/hook"}],"startContainer":[{"path":"/bin/inside"}],"poststop":[{"path":"/bin/hook"}]},
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
         "hooks":{"startContainer":[{"path":"/bin/inside"}]},
         "linux":{"cgroupsPath":"/c1","maskedPaths":["/proc/kcore"],"sysctl":{"net.ipv4.ip_forward":"1"},
          "namespaces":[{"type":"pid"},{"type":"ipc"},{"type":"mount"}],
          "devices":[{"path":"/dev/fuse","type":"c","major":10,"minor":229},{"path":"/dev/sda","type":"b","major":8,"minor":0}],
          "resources":{"devices":[{"allow":false,"access":"rwm"}],"memory":{"limit":1000000},"cpu":{"shares":512},"pids":{"limit":7}}}}
        """;

    [Fact]
    public void AHostsSpecificationBecomesAGuests()
    {
        var spec = OciDocuments.Spec(Given);
        SpecRewriter.Apply(spec, "c1", seccomp: true);
        Assert.Equal(OciDocuments.Written(OciDocuments.Spec(Wanted)).ToJsonString(), OciDocuments.Written(spec).ToJsonString());
    }
}
