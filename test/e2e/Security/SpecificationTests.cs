using System.Text.Json.Nodes;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Security;

/// <summary>What neither ctr nor the CRI can ask for, but a specification can.</summary>
public sealed class SpecificationTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private const string Root = "/mnt/root";
    private const string Huge = "/mnt/huge";

    [Fact]
    public async Task Limits_umask_huge_pages_and_labels_of_a_specification_hold_or_do_no_harm()
    {
        (await Node.RunAsync("sh", "-c", $"mkdir {Root} {Huge} && mount -t hugetlbfs -o pagesize=2M huge {Huge} && ctr images mount {TestImages.Busybox} {Root}")).Exits(0);
        try
        {
            await Node.WriteFileAsync("/state/spec.json", Specification().ToJsonString());
            // With a specification, ctr takes no image and no command.
            ContainerOptions options = new() { Arguments = ["--config", "/state/spec.json"] };
            (await Node.RunAsync(StartLimit, null, [.. RunCommand(options), NewId()])).Exits(0).Prints("77\n33\n0027\n640\nhost\nhugetlbfs\nHugePages_Total: 2");
        }
        finally
        {
            (await Node.RunAsync("sh", "-c", $"ctr images unmount --rm {Root}; umount {Huge}; rmdir {Root} {Huge}; rm /state/spec.json")).Exits(0);
        }
    }

    private static JsonObject Specification() => JsonNode.Parse("""
        {"ociVersion":"1.2.0","hostname":"host",
         "process":{"cwd":"/","env":["PATH=/bin"],"user":{"uid":0,"gid":0,"umask":23},"oomScoreAdj":300,
          "apparmorProfile":"docker-default","selinuxLabel":"system_u:system_r:container_t:s0:c1,c2",
          "args":["sh","-c","ulimit -n; ulimit -u; umask; touch /tmp/x; stat -c %a /tmp/x; hostname; grep ' /mnt ' /proc/mounts | cut -d' ' -f3; grep HugePages_Total /proc/meminfo | tr -s ' '"],
          "rlimits":[{"type":"RLIMIT_NOFILE","soft":77,"hard":78},{"type":"RLIMIT_NPROC","soft":33,"hard":34}]},
         "root":{"path":"ROOT"},
         "mounts":[{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","mode=755"]},{"destination":"/proc","type":"proc","source":"proc"},{"destination":"/tmp","type":"tmpfs","source":"tmpfs"},
          {"destination":"/mnt","type":"bind","source":"HUGE","options":["rbind","rw"]}],
         "linux":{"mountLabel":"system_u:object_r:container_file_t:s0:c1,c2",
          "namespaces":[{"type":"pid"},{"type":"mount"},{"type":"uts"},{"type":"ipc"},{"type":"network"}],
          "resources":{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}],"unified":{"memory.high":"104857600"}}}}
        """.Replace("ROOT", Root, System.StringComparison.Ordinal).Replace("HUGE", Huge, System.StringComparison.Ordinal))!.AsObject();
}
