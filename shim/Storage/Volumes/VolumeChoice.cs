using System;
using System.Linq;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.Linux;

namespace KataShimNet.Shim.Storage.Volumes;

/// <summary>Which way a mount goes: the one place where the kinds of volumes are told apart.</summary>
internal static class VolumeChoice
{
    // Kernel interfaces: a path below these means the guest's own, as with Kata.
    private static readonly string[] s_guestTrees = ["/dev", "/proc", "/sys"];

    // What may be mounted over the kernel's own files (CVE-2019-16884 and CVE-2019-19921 were done by mounting over others), as with Kata.
    private static readonly string[] s_procFiles = ["cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "net/dev"];

    /// <summary>Chooses for a mount.</summary>
    /// <param name="mount">The mount.</param>
    /// <param name="container">The container.</param>
    /// <param name="request">The mount with what its source is; the caller disposes of that.</param>
    /// <returns>Null when the guest's runtime mounts it without the host: proc, tmpfs and so on.</returns>
    /// <exception cref="StorageException">It is not allowed.</exception>
    /// <exception cref="LinuxException">There is nothing at its source.</exception>
    public static IVolume? For(Mount mount, ContainerStorage container, out VolumeRequest request)
    {
        var options = MountOptions.Parse(mount.Options);
        request = new VolumeRequest(mount, options, null);
        if (mount.Type != "bind" && !options.Bind)
            return DiskFileSystem.Find(mount.Source) is { } disk ? disk : null;
        CheckDestination(mount);
        if (mount.Destination.TrimEnd('/') == "/dev/shm")
            return new SharedMemory();
        if (DiskFileSystem.Find(mount.Source) is { } device)
            return device;
        if (IsBelow(mount.Source, s_guestTrees))
            return new GuestFolder();
        var source = OpenedPath.Open(mount.Source);
        request = request with { Source = source };
        if (source.IsInHugePages)
            return new HugePages();
        if (MemoryFolder.Find(source) is { } memory)
            return memory;
        var watched = WatchedFolder.Find(request, container.Sandbox.WatchLimitKib, out var tooLarge);
        if (tooLarge)
            container.SayUnwatched(mount);
        return watched is not null ? watched : new HostFolder();
    }

    private static void CheckDestination(Mount mount)
    {
        const string Proc = "/proc/";
        var destination = mount.Destination.TrimEnd('/');
        if (destination == "/proc" || (destination.StartsWith(Proc, StringComparison.Ordinal) && !s_procFiles.Contains(destination[Proc.Length..])))
        {
            throw new StorageException(
                $"mount of {mount.Source} on {mount.Destination}: only these files of /proc can be mounted over: {string.Join(", ", s_procFiles)}");
        }
    }

    private static bool IsBelow(string path, string[] trees) =>
        Array.Exists(trees, tree => path == tree || path.StartsWith(tree + "/", StringComparison.Ordinal));
}
