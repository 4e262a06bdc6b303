using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Qemu;

/// <summary>The setting <c>hypervisor.entropy_source</c>: opened here, because QEMU's user may have no right to.</summary>
internal static class EntropyDevice
{
    /// <summary>Opens it as QEMU does; null when the setting is empty.</summary>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    /// <exception cref="InvalidOperationException">It is no character device: a file would end one day.</exception>
    public static OwnedFd? Open(string path)
    {
        if (path.Length == 0)
            return null;
        using (var opened = OpenedPath.Open(path))
        {
            if (!opened.IsCharacterDevice)
                throw new InvalidOperationException($"hypervisor.entropy_source {path}: it is no character device; /dev/hwrng and /dev/random are");
        }

        return OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, 0), "open", path);
    }
}
