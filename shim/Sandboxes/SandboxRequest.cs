using System.Collections.Generic;
using System.Collections.ObjectModel;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>What is known of a sandbox before its machine boots: from config.json of its first container, or from CreateSandbox.</summary>
/// <param name="Identity">Which sandbox.</param>
internal sealed record SandboxRequest(SandboxIdentity Identity)
{
    /// <summary>Size of /dev/shm where nothing says another, in bytes: what containerd and Docker give.</summary>
    public const long DefaultShmSize = 64L << 20;

    // sethostname(2).
    private const int LongestHostname = 64;

    /// <summary>Name of the guest; empty when none was asked for.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>Lines of the guest's own resolv.conf; containers have theirs as a volume.</summary>
    public IReadOnlyList<string> Dns { get; init; } = [];

    /// <summary>The network namespace on the host.</summary>
    public NetnsRequest Netns { get; init; } = NetnsRequest.New;

    /// <summary>The pod's cgroup as <c>linux.cgroupsPath</c> has it (a path, or systemd's <c>slice:prefix:name</c>); empty when none was asked for.</summary>
    public string CgroupsPath { get; init; } = "";

    /// <summary>Size of the /dev/shm that the containers share, in bytes.</summary>
    public long ShmSize { get; init; } = DefaultShmSize;

    /// <summary>Limits of the pod as a whole; of the container where there is no pod.</summary>
    public SandboxLimits Limits { get; init; } = SandboxLimits.None;

    /// <summary>
    /// Whether all containers of the pod see one another's processes. With a pause container the request cannot tell, and each
    /// container's own specification does.
    /// </summary>
    public bool SharedPids { get; init; }

    /// <summary>The pod's kernel settings (sysctl(8)); with a pause container they are in its specification.</summary>
    public IReadOnlyDictionary<string, string> Sysctls { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Files that its containers get from us; null with a pause container, where containerd makes them.</summary>
    public PodFiles? Files { get; init; }

    /// <summary>The annotations: of config.json, or of the pod.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The name that the guest gets: <see cref="Hostname"/>, or else the sandbox's id, as much of it as Linux takes.</summary>
    public string GuestName
    {
        get
        {
            var name = Hostname.Length > 0 ? Hostname : Identity.Id;
            return name.Length <= LongestHostname ? name : name[..LongestHostname];
        }
    }
}
