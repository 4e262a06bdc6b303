using System;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata;
using GuestStorage = KataShimNet.AgentProto.Kata.Storage;

namespace KataShimNet.Shim.Storage.Volumes;

/// <summary>An emptyDir with medium HugePages: kubelet has mounted hugetlbfs, and the guest reserves as many pages of its own as the container's limit says.</summary>
internal sealed class HugePages : IVolume
{
    private const string Base = GuestContract.ContainersPath + "/sandbox/ephemeral";

    /// <inheritdoc/>
    public Task AttachAsync(VolumeRequest request, ContainerStorage container, CancellationToken cancel)
    {
        var source = request.Source!;
        var name = OciName(source.BlockSize);
        var size = container.Limits?.HugepageLimits.FirstOrDefault(l => l.Pagesize == name)?.Limit ?? 0;
        if (size == 0)
            throw new StorageException($"mount of {request.Mount.Source} on {request.Mount.Destination}: the container's specification has no limit for huge pages of {name}; containerd leaves it out unless disable_hugetlb_controller is false");
        var point = $"{Base}/{request.Mount.Source.TrimEnd('/').Split('/')[^1]}";
        container.Storages.Add(new GuestStorage
        {
            Driver = "ephemeral",
            Source = "nodev",
            Fstype = "hugetlbfs",
            MountPoint = point,
            Options = { Text($"pagesize={source.BlockSize}"), Text($"size={size}"), $"mode={Convert.ToString(source.Mode, 8)}", Text($"gid={source.Gid}") },
        });
        ContainerStorage.Bind(request.Mount, point);
        return Task.CompletedTask;
    }

    // As the OCI specification writes it: 2MB, 1GB (config-linux.md, "Huge page limits").
    private static string OciName(long size) => size >= 1L << 30 ? Text($"{size >> 30}GB") : size >= 1L << 20 ? Text($"{size >> 20}MB") : Text($"{size >> 10}KB");

    private static string Text(FormattableString value) => value.ToString(CultureInfo.InvariantCulture);
}
