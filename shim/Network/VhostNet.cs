using System.Collections.Generic;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Network;

/// <summary>/dev/vhost-net: with it the host's kernel moves packets between tap and guest, and QEMU does not.</summary>
internal static class VhostNet
{
    private const string Path = "/dev/vhost-net";

    /// <summary>Opens the device once per queue pair.</summary>
    /// <param name="use">Whether to.</param>
    /// <param name="queues">How often.</param>
    /// <returns>Empty where the device is not there or does not open, or is not wanted.</returns>
    public static IReadOnlyList<OwnedFd> Open(VhostUse use, int queues)
    {
        var fds = new List<OwnedFd>();
        while (use == VhostUse.Auto && fds.Count < queues)
        {
            var fd = new OwnedFd(Fcntl.openat(Fcntl.AT_FDCWD, Path, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0));
            if (!fd.IsInvalid)
            {
                fds.Add(fd);
                continue;
            }

            foreach (var opened in fds)
                opened.Dispose();
            return [];
        }

        return fds;
    }
}
