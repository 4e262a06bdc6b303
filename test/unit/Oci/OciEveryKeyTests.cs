using System.Text.Json.Nodes;
using Xunit;

namespace KataShimNet.UnitTests.Oci;

/// <summary>Every key that the messages have a place for, by its exact name.</summary>
public sealed class OciEveryKeyTests
{
    private const string Document = """
        {"ociVersion":"1.2.0",
        "process":{"terminal":true,"consoleSize":{"height":24,"width":80},
          "user":{"uid":1,"gid":2,"additionalGids":[3,4294967295],"username":"u","umask":18},
          "args":["a","é\"\u0001"],"env":["A=\ud83d\ude00"],"cwd":"/w",
          "capabilities":{"bounding":["CAP_KILL"],"effective":["CAP_CHOWN"],"inheritable":[],"permitted":["CAP_FOWNER"],"ambient":["CAP_SYS_ADMIN"]},
          "rlimits":[{"type":"RLIMIT_NOFILE","hard":18446744073709551615,"soft":1024}],
          "noNewPrivileges":true,"apparmorProfile":"p","oomScoreAdj":-998,"selinuxLabel":"l"},
        "root":{"path":"rootfs","readonly":true},"hostname":"h",
        "mounts":[{"destination":"/proc","type":"proc","source":"proc","options":["nosuid"]}],
        "hooks":{"prestart":[{"path":"/a","args":["a"],"env":["b"],"timeout":3}],"createRuntime":[{"path":"/b"}],"createContainer":[{"path":"/c"}],
          "startContainer":[{"path":"/d"}],"poststart":[{"path":"/e"}],"poststop":[{"path":"/f"}]},
        "annotations":{"io.x":"y"},
        "linux":{"uidMappings":[{"containerID":0,"hostID":1000,"size":65536}],"gidMappings":[{"containerID":1,"hostID":2,"size":3}],
          "sysctl":{"net.ipv4.ip_forward":"1"},
          "resources":{"devices":[{"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"}],
            "memory":{"limit":1,"reservation":2,"swap":3,"kernel":4,"kernelTCP":5,"swappiness":6,"disableOOMKiller":true},
            "cpu":{"shares":1,"quota":2,"period":3,"realtimeRuntime":4,"realtimePeriod":5,"cpus":"0-1","mems":"0","burst":8,"idle":1},
            "pids":{"limit":7},
            "blockIO":{"weight":1,"leafWeight":2,"weightDevice":[{"major":8,"minor":0,"weight":3,"leafWeight":4}],
              "throttleReadBpsDevice":[{"major":8,"minor":0,"rate":1}],"throttleWriteBpsDevice":[{"major":8,"minor":0,"rate":2}],
              "throttleReadIOPSDevice":[{"major":8,"minor":0,"rate":3}],"throttleWriteIOPSDevice":[{"major":8,"minor":0,"rate":4}]},
            "hugepageLimits":[{"pageSize":"2MB","limit":0}],
            "network":{"classID":1,"priorities":[{"name":"eth0","priority":5}]},"unified":{"memory.high":"1"}},
          "cgroupsPath":"/g","namespaces":[{"type":"network","path":"/var/run/netns/x"},{"type":"mount"}],
          "devices":[{"path":"/dev/x","type":"b","major":8,"minor":1,"fileMode":432,"uid":5,"gid":6}],
          "seccomp":{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"architectures":["SCMP_ARCH_X86_64"],"flags":["SECCOMP_FILTER_FLAG_LOG"],
            "syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","errnoRet":1,
              "args":[{"index":1,"value":18446744073709551615,"valueTwo":2,"op":"SCMP_CMP_MASKED_EQ"}]}]},
          "rootfsPropagation":"slave","maskedPaths":["/proc/kcore"],"readonlyPaths":["/proc/sys"],"mountLabel":"m",
          "intelRdt":{"l3CacheSchema":"L3:0=f"}}}
        """;

    [Fact]
    public void EveryKeySurvives()
    {
        JsonNode actual = OciDocuments.Written(OciDocuments.Spec(Document));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Document), actual), actual.ToJsonString());
    }
}
