using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Sharing;
using KataShimNet.Shim.Storage.Disks;
using KataShimNet.Shim.Storage.Exports;
using KataShimNet.Shim.Storage.Watching;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Storage;

/// <summary>What the containers of a sandbox have in common of the host's storage.</summary>
/// <param name="daemon">The sandbox's fsd.</param>
/// <param name="mapped">Its second device, for files that the guest maps.</param>
/// <param name="qemu">Its machine.</param>
/// <param name="options">Settings.</param>
/// <param name="refresh">Tells the guest to bring its copy of a volume up to date.</param>
/// <param name="log">Where failures go.</param>
internal sealed class SandboxStorage(
    SharingDaemon daemon, MappedShare mapped, QemuProcess qemu, KatanetOptions options, Func<string, CancellationToken, Task> refresh, ILogger log)
{
    /// <summary>What is exported.</summary>
    public ExportPool Exports { get; } = new(daemon, mapped, qemu);

    /// <summary>Block devices that are disks of the machine.</summary>
    public DiskPool Disks { get; } = new(qemu, options.Hypervisor);

    /// <summary>Keeps the guest's copies of volumes up to date.</summary>
    public FolderWatcher Watcher { get; } = new(refresh, log);

    /// <summary>Whether the seccomp profiles of containers are applied in the guest.</summary>
    public bool Seccomp => options.Guest.Seccomp;

    /// <summary>Most KiB of such a copy.</summary>
    public int WatchLimitKib => options.Sharing.WatchLimitKib;
}
