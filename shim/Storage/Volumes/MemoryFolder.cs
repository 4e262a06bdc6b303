using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using GuestStorage = KataShimNet.AgentProto.Kata.Storage;

namespace KataShimNet.Shim.Storage.Volumes;

/// <summary>An emptyDir with medium Memory: kubelet has mounted a tmpfs, and the guest gets one like it that all containers of the pod see.</summary>
/// <param name="volume">Where the host has the whole volume.</param>
/// <param name="below">Path below the volume that is wanted (a sub-path), with a leading slash; empty for the whole.</param>
internal sealed class MemoryFolder(string volume, string below) : IVolume
{
    // kubelet's folder for one (pkg/volume/emptydir).
    private const string Kind = "/kubernetes.io~empty-dir/";
    private const string Base = GuestContract.ContainersPath + "/sandbox/ephemeral";

    /// <summary>Whether a source is a whole one, or lies in one: kubelet binds sub-paths elsewhere.</summary>
    /// <param name="source">The source.</param>
    public static MemoryFolder? Find(OpenedPath source)
    {
        if (!source.IsInMemory || !source.IsFolder)
            return null;
        var mounts = MountInfo.All().ToArray();
        var here = mounts.FirstOrDefault(m => (ulong)m.Id == source.MountId);
        var whole = mounts.FirstOrDefault(m => m.Device == here.Device && m.Root == "/" && m.Target.Contains(Kind, StringComparison.Ordinal));
        if (here.Target is null || whole.Target is null)
            return null;
        var path = here.Root.TrimEnd('/') + source.CanonicalPath[here.Target.TrimEnd('/').Length..];
        return new MemoryFolder(whole.Target, path.TrimEnd('/'));
    }

    /// <inheritdoc/>
    public Task AttachAsync(VolumeRequest request, ContainerStorage container, CancellationToken cancel)
    {
        using var whole = OpenedPath.Open(volume);
        var point = $"{Base}/{volume[(volume.LastIndexOf('/') + 1)..]}";
        var tmpfs = new GuestStorage { Driver = "ephemeral", Source = "tmpfs", Fstype = "tmpfs", MountPoint = point, Shared = true };
        tmpfs.Options.Add(Text($"size={whole.Capacity}"));
        tmpfs.Options.Add(Text($"uid={whole.Uid}"));
        tmpfs.Options.Add(Text($"gid={whole.Gid}"));
        tmpfs.Options.AddRange(Ownership(whole));
        container.Storages.Add(tmpfs);
        if (below.Length > 0)
        {
            var folder = new GuestStorage { Driver = "local", Source = "local", Fstype = "local", MountPoint = point + below };
            folder.Options.AddRange(Ownership(request.Source!));
            container.Storages.Add(folder);
        }

        ContainerStorage.Bind(request.Mount, point + below);
        return Task.CompletedTask;
    }

    // fsGroup: kubelet has given the folder to the group, with the set-group-id bit.
    private static IEnumerable<string> Ownership(OpenedPath folder)
    {
        yield return $"mode={Convert.ToString(folder.Mode, 8)}";
        if ((folder.Mode & SysStat.S_ISGID) != 0)
            yield return Text($"fsgid={folder.Gid}");
    }

    private static string Text(FormattableString value) => value.ToString(CultureInfo.InvariantCulture);
}
