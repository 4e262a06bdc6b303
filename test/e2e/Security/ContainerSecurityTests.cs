using System.Threading.Tasks;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Security;

[Collection(NodeCollection.Name)]
public sealed class ContainerSecurityTests(SecurityPod pod) : IClassFixture<SecurityPod>
{
    [Fact]
    public async Task Users_groups_and_capabilities_are_those_asked_for()
    {
        Assert.Equal("uid=1000(guest) gid=1234 groups=1234,2000,3000", await pod.Restricted.ShellAsync("id"));
        // Bit 10 is CAP_NET_BIND_SERVICE. A user other than root has it to give (bounding), not to use.
        Assert.Equal(
            "CapPrm:0000000000000000\nCapEff:0000000000000000\nCapBnd:0000000000000400\nNoNewPrivs:1\nSeccomp:2",
            await StatusAsync(pod.Restricted, "CapPrm|CapEff|CapBnd|NoNewPrivs|Seccomp"));
    }

    [Fact]
    public async Task A_seccomp_profile_refuses_what_it_names()
    {
        (await pod.Restricted.ExecAsync("mkdir", "/scratch/folder")).FailsNaming("Operation not permitted");
        Assert.Equal("written", await pod.Restricted.ShellAsync("f=/scratch/written-$$; echo written > $f && cat $f && rm $f"));
    }

    [Fact]
    public async Task The_root_and_the_kernels_files_are_closed()
    {
        (await pod.Restricted.ExecAsync("touch", "/new")).FailsNaming("Read-only file system");
        (await pod.Restricted.ExecAsync("sh", "-c", "echo 1 > /proc/sys/vm/drop_caches")).FailsNaming("Read-only file system");
        Assert.Equal("0\n0", await pod.Restricted.ShellAsync("cat /proc/keys | wc -c; ls /sys/firmware | wc -l"));
        PodContainer root = await pod.Pod.StartAsync("sleep", "1000");
        (await root.ExecAsync("sh", "-c", "echo h > /proc/sysrq-trigger")).FailsNaming("Read-only file system");
        (await root.ExecAsync("mount", "-t", "tmpfs", "x", "/mnt")).FailsNaming("denied");
        // The VM's own devices are none of a container's business.
        (await root.ExecAsync("sh", "-c", "mknod /tmp/disk c 10 1 && cat /tmp/disk")).FailsNaming("Operation not permitted");
    }

    [Fact]
    public async Task Sysctls_of_the_pod_hold_in_its_containers()
    {
        Assert.Equal(
            "20000\t21000\n1", await pod.Restricted.ShellAsync("cat /proc/sys/net/ipv4/ip_local_port_range /proc/sys/kernel/shm_rmid_forced"));
    }

    [Fact]
    public async Task The_default_profile_and_ambient_capabilities_hold()
    {
        PodContainer container = await pod.Pod.StartAsync(
            new PodContainerOptions
            {
                Change = config =>
                {
                    LinuxContainerSecurityContext context = config.Linux.SecurityContext;
                    context.Seccomp = new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault };
                },
            },
            "sleep", "1000");
        Assert.Equal("Seccomp:2", await StatusAsync(container, "Seccomp"));
        // The profile allows no new user namespaces.
        Assert.Equal(1, (await container.ExecAsync("unshare", "--user", "true")).ExitCode);
    }

    [Fact]
    public async Task Without_a_profile_nothing_is_refused_by_one()
    {
        PodContainer container = await pod.Pod.StartAsync(
            new PodContainerOptions
            {
                Change = config => config.Linux.SecurityContext.Seccomp = new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.Unconfined },
            },
            "sleep", "1000");
        Assert.Equal("Seccomp:0", await StatusAsync(container, "Seccomp"));
        (await container.ExecAsync("unshare", "--user", "true")).Exits(0);
    }

    [Fact]
    public async Task Members_of_the_fsGroup_write_to_a_volume_and_others_do_not()
    {
        // As kubelet leaves a volume for a pod with fsGroup 4321 (pkg/volume/volume_linux.go): group, its rights, and set-group-id for what comes.
        const string Folder = "/var/lib/kubelet/grouped";
        (await pod.Node.RunAsync("sh", "-c", $"mkdir -p {Folder}/sub && echo old > {Folder}/file && chgrp -R 4321 {Folder} && chmod 2770 {Folder} {Folder}/sub && chmod 660 {Folder}/file")).Exits(0);
        PodContainerOptions As(long[] groups) => new()
        {
            Change = config =>
            {
                config.Linux.SecurityContext.RunAsUser = new Int64Value { Value = 1000 };
                config.Linux.SecurityContext.SupplementalGroups.AddRange(groups);
                config.Mounts.Add(new Mount { ContainerPath = "/data", HostPath = Folder });
            },
        };
        PodContainer member = await pod.Pod.StartAsync(As([4321]), "sleep", "1000");
        Assert.Equal(
            "2770 0 4321\n660 0 4321\n1000 4321",
            await member.ShellAsync("cd /data && stat -c '%a %u %g' . file && echo new >> file && echo mine > sub/mine && stat -c '%u %g' sub/mine"));
        (await pod.Node.RunAsync("sh", "-c", $"cat {Folder}/file; stat -c '%u %g' {Folder}/sub/mine")).Exits(0).Prints("old\nnew\n1000 4321");
        PodContainer other = await pod.Pod.StartAsync(As([]), "sleep", "1000");
        (await other.ExecAsync("cat", "/data/file")).FailsNaming("Permission denied");
        await member.RemoveAsync();
        await other.RemoveAsync();
        (await pod.Node.RunAsync("rm", "-r", Folder)).Exits(0);
    }

    [Fact]
    public async Task A_privileged_container_rules_the_guest_but_not_the_host()
    {
        Pod privileged = await pod.Pods.RunPodAsync(new PodOptions { Change = config => config.Linux.SecurityContext.Privileged = true });
        PodContainer container = await privileged.StartAsync(
            new PodContainerOptions
            {
                Change = config =>
                {
                    config.Linux.SecurityContext.Privileged = true;
                    config.Linux.SecurityContext.MaskedPaths.Clear();
                    config.Linux.SecurityContext.ReadonlyPaths.Clear();
                },
            },
            "sleep", "1000");
        Assert.Equal(
            "mounted\n1", await container.ShellAsync("mount -t tmpfs x /mnt && umount /mnt && echo mounted; echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward"));
        // All that containerd itself has: a node may lack some.
        Assert.Matches("^CapEff:000001f[0-9a-f]{9}\nSeccomp:0$", await StatusAsync(container, "CapEff|Seccomp"));
    }

    private static Task<string> StatusAsync(PodContainer container, string fields) =>
        container.ShellAsync($"grep -E '^({fields}):' /proc/self/status | tr -d '\\t '");
}
