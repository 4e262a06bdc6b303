using System;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata;
using KataShimNet.Shim.Storage.Exports;
using KataShimNet.Shim.Storage.Watching;
using GuestStorage = KataShimNet.AgentProto.Kata.Storage;

namespace KataShimNet.Shim.Storage.Volumes;

/// <summary>
/// A configMap, secret, projected or downwardAPI volume: the guest has a copy in memory and is told of every change, because events
/// (inotify) do not cross a shared file system.
/// </summary>
/// <param name="bytes">Size of its content.</param>
/// <param name="files">How many files it holds.</param>
internal sealed class WatchedFolder(long bytes, int files) : IVolume
{
    /// <summary>Most files of a copy; a larger volume is exported without events.</summary>
    public const int MostFiles = 256;

    private const int PageSize = 4096;
    private const int Folders = 64;
    private const string Base = GuestContract.ContainersPath + "/sandbox/watched";

    // kubelet's folders of these kinds (pkg/volume/…: EscapeQualifiedName of the plug-in's name).
    private static readonly string[] s_kinds =
        ["/kubernetes.io~configmap/", "/kubernetes.io~secret/", "/kubernetes.io~projected/", "/kubernetes.io~downward-api/"];

    /// <summary>Whether a source is one, as a whole: sub-paths are not updated in Kubernetes either.</summary>
    /// <param name="request">The mount.</param>
    /// <param name="limitKib">Most KiB of a copy; 0 copies nothing.</param>
    /// <param name="tooLarge">It is one, but too large for a copy.</param>
    public static WatchedFolder? Find(VolumeRequest request, int limitKib, out bool tooLarge)
    {
        tooLarge = false;
        var path = request.Source!.CanonicalPath;
        if (!request.Options.ReadOnly || !request.Source.IsFolder || !Array.Exists(s_kinds, kind => IsDirectlyBelow(path, kind)))
            return null;
        var data = new DirectoryInfo(Path.Combine(path, FolderWatcher.DataLink));
        if (data.LinkTarget is null)
            return null;
        try
        {
            var (bytes, files) = Measure(data);
            tooLarge = bytes > limitKib * 1024L || files > MostFiles;
            return tooLarge ? null : new WatchedFolder(bytes, files);
        }
        catch (DirectoryNotFoundException)
        {
            // It changes this very moment; what it becomes is no larger than Kubernetes allows.
            return new WatchedFolder(0, 0);
        }
    }

    /// <inheritdoc/>
    public async Task AttachAsync(VolumeRequest request, ContainerStorage container, CancellationToken cancel)
    {
        var source = await container.ExportAsync(request.Source!, request.Mount.Source, recursive: false, live: false, ExportAccess.Read, others: false, cancel).ConfigureAwait(false);
        var point = $"{Base}/{source[(source.LastIndexOf('/') + 1)..]}";
        // Before the copy is made: what changes in between is told once more, not missed.
        container.Watch(request.Source!, point);
        // Room for the old content and the new one at once, and for growth; memory is used only as it is filled.
        var limit = container.Sandbox.WatchLimitKib * 1024L;
        var room = Math.Max(limit, 2 * bytes) * 2 + (Math.Max(MostFiles, files) + Folders) * 2L * PageSize;
        container.Storages.Add(new GuestStorage
        {
            Driver = "watchable-bind",
            Source = source,
            Fstype = "bind",
            MountPoint = point,
            Options = { string.Create(CultureInfo.InvariantCulture, $"size={room}"), "mode=755" },
        });
        ContainerStorage.Bind(request.Mount, point);
    }

    private static bool IsDirectlyBelow(string path, string kind)
    {
        var at = path.LastIndexOf(kind, StringComparison.Ordinal);
        return at >= 0 && at + kind.Length < path.Length && !path[(at + kind.Length)..].Contains('/', StringComparison.Ordinal);
    }

    private static (long Bytes, int Files) Measure(DirectoryInfo folder)
    {
        var (bytes, files) = (0L, 0);
        foreach (var file in folder.EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }))
        {
            bytes += file.Length;
            files++;
        }

        return (bytes, files);
    }
}
