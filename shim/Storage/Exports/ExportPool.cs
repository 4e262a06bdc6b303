using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Sharing;

namespace KataShimNet.Shim.Storage.Exports;

/// <summary>
/// A sandbox's exports, counted: containers that mount the same source of the host use the same export, so in the guest they reach it
/// through the same super block and are coherent, memory maps included.
/// </summary>
/// <param name="daemon">The sandbox's fsd.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle: there is nothing to release.")]
internal sealed class ExportPool(SharingDaemon daemon)
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
    /// <exception cref="LinuxException">fsd refused.</exception>
    public async Task<ExportUse> AddRootAsync(string containerId, OwnedFd root, bool readOnly)
    {
        var name = GuestPaths.RootExport(containerId);
        await daemon.AddExportAsync(name, new ExportPolicy(CoherencyClass.Private, readOnly), root).ConfigureAwait(false);
        return new ExportUse(name, () => RemoveAsync(name));
    }

    /// <summary>Exports a volume, or counts one use more of the export that it has.</summary>
    /// <param name="source">What to export; the export lives on without it.</param>
    /// <param name="path">The path it had, for its name.</param>
    /// <param name="recursive">With what is mounted below.</param>
    /// <param name="live">Whether mounts made later below the source are to be seen.</param>
    /// <param name="access">What the guest may change. What another container may change is shared with that one: the guest's own mount refuses then.</param>
    /// <exception cref="LinuxException">fsd refused, or the source cannot be cloned.</exception>
    public async Task<ExportUse> UseAsync(OpenedPath source, string path, bool recursive, bool live, ExportAccess access)
    {
        var key = ExportKey.Of(source, recursive);
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            live &= source.IsFolder;
            // Below the top, the guest's mount cannot refuse what the host allows: such an export is never shared with those who write.
            if (access == ExportAccess.Read && _volumes.ContainsKey((key, live, ExportAccess.Write)))
                access = ExportAccess.Write;
            var place = (key, live, access);
            if (!_volumes.TryGetValue(place, out var export))
            {
                export = new SharedExport(GuestPaths.VolumeExport(++_lastVolume, path));
                export.Tree = live
                    ? await AddLiveAsync(export.Name, source, access).ConfigureAwait(false)
                    : await AddAsync(export.Name, source, recursive, access).ConfigureAwait(false);
                _volumes.Add(place, export);
            }

            export.Users++;
            return new ExportUse(export.Name, () => ReleaseAsync(place, export));
        }
        finally
        {
            _turn.Release();
        }
    }

    // For the whole, read-only holds by the policy alone: a mount that comes later brings its own flags.
    private async Task<SlaveTree?> AddLiveAsync(string name, OpenedPath source, ExportAccess access)
    {
        var tree = SlaveTree.Make(source.CanonicalPath, readOnlyTop: access == ExportAccess.ReadAtTop);
        try
        {
            await daemon.AddExportAsync(name, new ExportPolicy(CoherencyClass.Shared, access == ExportAccess.Read, Live: true), tree.Root).ConfigureAwait(false);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    private async Task<SlaveTree?> AddAsync(string name, OpenedPath source, bool recursive, ExportAccess access)
    {
        using var tree = DetachedMount.Clone(source.Fd, recursive) ?? source.Fd.Duplicate();
        if (access != ExportAccess.Write)
            DetachedMount.SetAttributes(tree, SysMount.MOUNT_ATTR_RDONLY, recursive && access == ExportAccess.Read);
        await daemon.AddExportAsync(name, new ExportPolicy(CoherencyClass.Shared, access == ExportAccess.Read), tree).ConfigureAwait(false);
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
            await RemoveAsync(export.Name).ConfigureAwait(false);
            export.Tree?.Dispose();
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task RemoveAsync(string name)
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

    private sealed class SharedExport(string name)
    {
        public string Name => name;

        /// <summary>Guarded by the pool's turn.</summary>
        public int Users { get; set; }

        /// <summary>What keeps a live export's mounts; null for a detached one.</summary>
        public SlaveTree? Tree { get; set; }
    }
}
