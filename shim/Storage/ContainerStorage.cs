using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.Linux;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Sandboxes;
using KataShimNet.Shim.Storage.Disks;
using KataShimNet.Shim.Storage.Roots;
using KataShimNet.Shim.Storage.Volumes;
using Microsoft.Extensions.Logging;
using GuestStorage = KataShimNet.AgentProto.Kata.Storage;

namespace KataShimNet.Shim.Storage;

/// <summary>A container's root and volumes: made ready on the host, and described to the agent. Not for concurrent use.</summary>
/// <param name="containerId">The container.</param>
/// <param name="sandbox">What it shares with the others of its pod.</param>
/// <param name="log">Where failures to undo go.</param>
internal sealed partial class ContainerStorage(string containerId, SandboxStorage sandbox, ILogger log)
{
    private readonly UndoList _undo = new(log);

    /// <summary>What the agent is to mount before it makes the container.</summary>
    public List<GuestStorage> Storages { get; } = [];

    /// <summary>Devices that the agent is to find and to give to the container.</summary>
    public List<Device> Devices { get; } = [];

    /// <summary>What the container may use; null when nothing limits it.</summary>
    public LinuxResources? Limits { get; private set; }

    /// <summary>Where the guest has the container's root; empty before it is made ready.</summary>
    public string RootPath { get; private set; } = "";

    /// <summary>Number of exports in use.</summary>
    public int Exports { get; private set; }

    /// <summary>What the containers of the pod have in common.</summary>
    public SandboxStorage Sandbox => sandbox;

    /// <summary>Makes a mount of a specification a bind mount of a path of the guest.</summary>
    /// <param name="mount">The mount.</param>
    /// <param name="guestPath">The path.</param>
    public static void Bind(Mount mount, string guestPath)
    {
        mount.Source = guestPath;
        // A type is not needed with the option bind, and some writers put other words there.
        mount.Type = "bind";
        if (!mount.Options.Contains("bind") && !mount.Options.Contains("rbind"))
            mount.Options.Add("bind");
    }

    /// <summary>Makes root and volumes ready, and rewrites the specification's mounts. What was made is undone by <see cref="ReleaseAsync"/>, after an error too.</summary>
    /// <param name="request">The container.</param>
    /// <param name="readyRoot">Path of its root where the request has no mounts for one.</param>
    /// <param name="spec">The specification; its mounts and devices are rewritten.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StorageException">Something cannot be made as it is asked for.</exception>
    public async Task PrepareAsync(ContainerRequest request, string readyRoot, Spec spec, CancellationToken cancel)
    {
        Limits = spec.Linux?.Resources;
        using (var root = RootMount.Build(request.Rootfs, readyRoot))
            RootPath = Keep(await sandbox.Exports.AddRootAsync(containerId, root.Fd, root.ReadOnly, cancel).ConfigureAwait(false));
        foreach (var mount in spec.Mounts)
            await AttachAsync(mount, cancel).ConfigureAwait(false);
        if (spec.Linux is { } linux)
            await DeviceNodes.AttachAsync(linux, this, cancel).ConfigureAwait(false);
    }

    /// <summary>Exports something of the host to the guest.</summary>
    /// <param name="source">What.</param>
    /// <param name="path">The path it had.</param>
    /// <param name="recursive">With what is mounted below.</param>
    /// <param name="live">With what is mounted there later, too.</param>
    /// <param name="access">What the container may change.</param>
    /// <param name="others">Whether others than the pod may use it.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Where the guest has it.</returns>
    /// <exception cref="LinuxException">fsd refused.</exception>
    public async Task<string> ExportAsync(OpenedPath source, string path, bool recursive, bool live, Exports.ExportAccess access, bool others, CancellationToken cancel) =>
        Keep(await sandbox.Exports.UseAsync(source, path, recursive, live, access, others, cancel).ConfigureAwait(false));

    /// <summary>Keeps a copy that the guest has up to date, from now on.</summary>
    /// <param name="folder">The host's folder.</param>
    /// <param name="mountPoint">Where the guest has the copy.</param>
    /// <exception cref="LinuxException">The host gives no more watches.</exception>
    public void Watch(OpenedPath folder, string mountPoint)
    {
        sandbox.Watcher.Add(folder, mountPoint);
        _undo.Push($"watch {mountPoint} no longer", () => sandbox.Watcher.Remove(mountPoint));
    }

    /// <summary>Makes a block device of the host a disk of the machine.</summary>
    /// <param name="disk">The device.</param>
    /// <param name="readOnly">Whether the container may write.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Where the guest finds it.</returns>
    public async Task<string> PlugAsync(HostDisk disk, bool readOnly, CancellationToken cancel)
    {
        var use = await sandbox.Disks.UseAsync(disk, readOnly, cancel).ConfigureAwait(false);
        _undo.Push($"take out the disk {disk}", use.ReleaseAsync);
        return use.GuestPciPath;
    }

    /// <summary>Tells that a device of the host is not in the container.</summary>
    /// <param name="device">The device.</param>
    /// <param name="reason">Why not.</param>
    public void SayDropped(string device, string reason) => LogDropped(log, containerId, device, reason);

    /// <summary>Tells that what a container mounts below a volume is not seen on the host.</summary>
    /// <param name="mount">The volume.</param>
    public void SayOneWay(Mount mount) => LogOneWay(log, containerId, mount.Destination, mount.Source);

    /// <summary>Tells that a volume raises no events in the guest.</summary>
    /// <param name="mount">The volume.</param>
    public void SayUnwatched(Mount mount) => LogUnwatched(log, containerId, mount.Destination, mount.Source);

    /// <summary>Gives up whatever the container used.</summary>
    public async Task ReleaseAsync()
    {
        await _undo.UnwindAsync().ConfigureAwait(false);
        Exports = 0;
    }

    private string Keep(Exports.ExportUse use)
    {
        if (use.Mapped)
            MountMappedShare();
        _undo.Push($"remove the export {use.Name}", use.ReleaseAsync);
        Exports++;
        return use.GuestPath;
    }

    // Before all else that the guest mounts; for all containers of the pod it is the same mount.
    private void MountMappedShare()
    {
        if (Storages is [{ Source: GuestContract.MappedShareTag }, ..])
            return;
        Storages.Insert(0, new GuestStorage
        {
            Driver = GuestContract.ShareDriver,
            Source = GuestContract.MappedShareTag,
            Fstype = "virtiofs",
            MountPoint = GuestContract.MappedSharePath,
            Options = { "nodev", "dax=inode" },
        });
    }

    private async Task AttachAsync(Mount mount, CancellationToken cancel)
    {
        var (source, destination) = (mount.Source, mount.Destination);
        VolumeRequest? request = null;
        try
        {
            if (VolumeChoice.For(mount, this, out request) is { } volume)
                await volume.AttachAsync(request, this, cancel).ConfigureAwait(false);
        }
        catch (System.Exception e) when (e is IOException or QmpException)
        {
            throw new StorageException($"mount of {source} on {destination}: {e.Message}", e);
        }
        finally
        {
            request?.Source?.Dispose();
        }
    }

    [LoggerMessage(62, LogLevel.Information, "a volume is too large to be copied to the guest (sharing.watch_limit_kib): changes are seen there but raise no events")]
    private static partial void LogUnwatched(ILogger log, string container, string destination, string source);

    [LoggerMessage(63, LogLevel.Warning, "a device of the host was left out")]
    private static partial void LogDropped(ILogger log, string container, string device, string reason);

    [LoggerMessage(64, LogLevel.Warning, "bidirectional mount propagation does not leave a virtual machine: mounts of the host are seen in the container, not the other way round")]
    private static partial void LogOneWay(ILogger log, string container, string destination, string source);
}
