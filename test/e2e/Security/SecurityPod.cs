using System.Threading.Tasks;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Security;

/// <summary>A pod with sysctls of its own, and a container as cautious people run theirs.</summary>
/// <param name="fixture">The node.</param>
public sealed class SecurityPod(NodeFixture fixture) : PodFixture(fixture)
{
    private const string ProfilePath = "/var/lib/kubelet/seccomp/no-mkdir.json";

    // EPERM for mkdir alone.
    private const string Profile = """
        {"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],
         "syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]}
        """;

    /// <summary>The pod.</summary>
    public Pod Pod { get; private set; } = null!;

    /// <summary>A container with a user, groups, one capability, a read-only root, a seccomp profile, and no new privileges.</summary>
    public PodContainer Restricted { get; private set; } = null!;

    /// <inheritdoc/>
    protected override async Task MakeAsync()
    {
        await Node.WriteFileAsync(ProfilePath, Profile);
        Pod = await Pods.RunPodAsync(new PodOptions
        {
            Change = config =>
            {
                config.Linux.Sysctls.Add("net.ipv4.ip_local_port_range", "20000 21000");
                config.Linux.Sysctls.Add("kernel.shm_rmid_forced", "1");
            },
        });
        Restricted = await Pod.StartAsync(
            new PodContainerOptions
            {
                Change = config =>
                {
                    LinuxContainerSecurityContext context = config.Linux.SecurityContext;
                    context.RunAsUser = new Int64Value { Value = 1000 };
                    context.RunAsGroup = new Int64Value { Value = 1234 };
                    context.SupplementalGroups.AddRange([2000, 3000]);
                    context.ReadonlyRootfs = true;
                    context.NoNewPrivs = true;
                    context.Capabilities = new Capability { DropCapabilities = { "ALL" }, AddCapabilities = { "NET_BIND_SERVICE" } };
                    context.Seccomp = new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.Localhost, LocalhostRef = ProfilePath };
                    config.Linux.Resources.OomScoreAdj = 500;
                    config.Mounts.Add(new Mount { ContainerPath = "/scratch", HostPath = "/tmp" });
                },
            },
            "sleep", "1000");
    }
}
