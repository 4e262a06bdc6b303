using System.Collections.Generic;
using System.Linq;

namespace KataShimNet.Sandboxes;

/// <summary>A sandbox of this node.</summary>
/// <param name="Id">Its id: that of the pod, or of the container that it was made for.</param>
/// <param name="Namespace">containerd's namespace.</param>
/// <param name="State">running; booting, while QEMU is not there yet; dead, when its shim is gone and its state is not.</param>
/// <param name="MemoryKib">Memory of its processes together.</param>
/// <param name="UptimeSeconds">How long the shim has been running.</param>
/// <param name="Cgroup">The cgroup of its processes; null without one of their own.</param>
/// <param name="Folder">Its state folder.</param>
/// <param name="Processes">Its processes that run.</param>
public sealed record SandboxEntry(
    string Id, string Namespace, string State, long MemoryKib, long UptimeSeconds, string? Cgroup, string Folder, IReadOnlyList<HostProcess> Processes)
{
    /// <summary>Socket of its server.</summary>
    public string Socket => SandboxFolder.SocketOf(Folder);

    /// <summary>Builds the entry from what was noted and what runs.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="record">What its shim has noted.</param>
    public static SandboxEntry From(SandboxFolder folder, SandboxRecord record)
    {
        HostProcess[] processes = [.. new[] { record.Shim }.Concat(record.Children).Select(HostProcess.Find).OfType<HostProcess>()];
        HostProcess? shim = processes.FirstOrDefault(process => process.Name == record.Shim.Name);
        return new SandboxEntry(
            folder.Id, folder.Namespace, record.State, processes.Sum(static process => process.MemoryKib), shim?.UptimeSeconds ?? 0, record.Cgroup, folder.Path,
            processes);
    }
}
