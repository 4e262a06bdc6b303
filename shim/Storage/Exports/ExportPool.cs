using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Sharing;

namespace KataShimNet.Shim.Storage.Exports;

/// <summary>
/// A sandbox's exports, counted: containers that mount the same source of the host use the same export, so in the guest they reach it
/// through the same super block and are coherent, memory maps included.
/// </summary>
/// <param name="daemon">The sandbox's fsd.</param>
/// <param name="mapped">Its second device, for files that the guest maps.</param>
/// <param name="qemu">Its machine.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle: there is nothing to release.")]
internal sealed class ExportPool(SharingDaemon daemon, MappedShare mapped, QemuProcess qemu)
{
    // Exchanges with the daemon are one by one anyway; so a count and what it stands for change together.
    private readonly SemaphoreSlim _turn = new(1, 1);
    // Guarded by _turn.
    private readonly Dictionary<(ExportKey Key, bool Live, ExportAccess Access), SharedExport> _volumes = [];
    private int _lastVolume;

    /// <summary>Exports a container's root.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="root">Its root; fsd gets a duplicate.</param>
    /// <param name="readOnly">Whether it cannot be changed.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="LinuxException">fsd refused.</exception>
    public async Task<ExportUse> AddRootAsync(string containerId, OwnedFd root, bool readOnly, CancellationToken cancel)
    {
        var name = GuestPaths.RootExport(containerId);
        var second = mapped.HasRoots ? await mapped.OpenAsync(qemu, cancel).ConfigureAwait(false) : null;
        var policy = new ExportPolicy(CoherencyClass.Private, readOnly, Dax: second is null ? DaxUse.Auto : DaxUse.Always);
        await (second ?? daemon).AddExportAsync(name, policy, root).ConfigureAwait(false);
        return new ExportUse(name, second is not null, () => RemoveAsync(second ?? daemon, name));
    }

    /// <summary>Exports a volume, or counts one use more of the export that it has.</summary>
    /// <param name="source">What to export; the export lives on without it.</param>
    /// <param name="path">The path it had, for its name.</param>
    /// <param name="recursive">With what is mounted below.</param>
    /// <param name="live">Whether mounts made later below the source are to be seen.</param>
    /// <param name="access">What the guest may change. What another container may change is shared with that one: the guest's own mount refuses then.</param>
    /// <param name="others">Whether others than the pod may use it: then the guest maps its files, if it can.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="LinuxException">fsd refused, or the source cannot be cloned.</exception>
    public async Task<ExportUse> UseAsync(OpenedPath source, string path, bool recursive, bool live, ExportAccess access, bool others, CancellationToken cancel)
    {
        var key = ExportKey.Of(source, recursive);
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            live &= source.IsFolder;
            // Below the top, the guest's mount cannot refuse what the host allows: such an export is never shared with those who write.
            if (access == ExportAccess.Read && _volumes.ContainsKey((key, live, ExportAccess.Write)))
                access = ExportAccess.Write;
            var place = (key, live, access);
            if (!_volumes.TryGetValue(place, out var export))
            {
                // QEMU maps only what may be written.
                var second = others && access == ExportAccess.Write ? await mapped.OpenAsync(qemu, cancel).ConfigureAwait(false) : null;
                export = new SharedExport(GuestPaths.VolumeExport(++_lastVolume, path), second ?? daemon) { Mapped = second is not null };
                export.Tree = live
                    ? await AddLiveAsync(export, source, access).ConfigureAwait(false)
                    : await AddAsync(export, source, recursive, access).ConfigureAwait(false);
                _volumes.Add(place, export);
            }

            export.Users++;
            return new ExportUse(export.Name, export.Mapped, () => ReleaseAsync(place, export));
        }
        finally
        {
            _turn.Release();
        }
    }

    // For the whole, read-only holds by the policy alone: a mount that comes later brings its own flags.
    private static async Task<SlaveTree?> AddLiveAsync(SharedExport export, OpenedPath source, ExportAccess access)
    {
        var tree = SlaveTree.Make(source.CanonicalPath, readOnlyTop: access == ExportAccess.ReadAtTop);
        try
        {
            await export.Daemon.AddExportAsync(export.Name, new ExportPolicy(CoherencyClass.Shared, access == ExportAccess.Read, Live: true), tree.Root).ConfigureAwait(false);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    private static async Task<SlaveTree?> AddAsync(SharedExport export, OpenedPath source, bool recursive, ExportAccess access)
    {
        using var copy = DetachedMount.Clone(source.Fd, recursive);
        // Else nobody on the host could unmount what is below a volume while a pod uses it.
        if (copy is not null)
            DetachedMount.MakePrivate(copy);
        var tree = copy ?? source.Fd;
        if (access != ExportAccess.Write)
            DetachedMount.SetAttributes(tree, SysMount.MOUNT_ATTR_RDONLY, recursive && access == ExportAccess.Read);
        await export.Daemon.AddExportAsync(export.Name, new ExportPolicy(CoherencyClass.Shared, access == ExportAccess.Read), tree).ConfigureAwait(false);
        return null;
    }

    private async Task ReleaseAsync((ExportKey, bool, ExportAccess) place, SharedExport export)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (--export.Users > 0)
                return;
            _volumes.Remove(place);
            await RemoveAsync(export.Daemon, export.Name).ConfigureAwait(false);
            export.Tree?.Dispose();
        }
        finally
        {
            _turn.Release();
        }
    }

    private static async Task RemoveAsync(SharingDaemon daemon, string name)
    {
        try
        {
            await daemon.RemoveExportAsync(name).ConfigureAwait(false);
        }
        catch (Exception e) when (e is LinuxException or ObjectDisposedException && daemon.Child.Exited.IsCompleted)
        {
            // All its exports went with it.
        }
    }

    private sealed class SharedExport(string name, SharingDaemon daemon)
    {
        public string Name => name;

        /// <summary>Who has it.</summary>
        public SharingDaemon Daemon => daemon;

        /// <summary>Whether that is the second device's.</summary>
        public bool Mapped { get; init; }

        /// <summary>Guarded by the pool's turn.</summary>
        public int Users { get; set; }

        /// <summary>What keeps a live export's mounts; null for a detached one.</summary>
        public SlaveTree? Tree { get; set; }
    }
}
