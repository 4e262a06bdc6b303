using System;
using System.Globalization;
using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Storage.Disks;

/// <summary>A block device of the host, by its number: the name that a specification gives is the container's, not the host's.</summary>
/// <param name="Major">Its major number.</param>
/// <param name="Minor">Its minor number.</param>
internal readonly record struct HostDisk(uint Major, uint Minor)
{
    /// <summary>Opens it.</summary>
    /// <param name="readOnly">Whether only for reading.</param>
    /// <exception cref="LinuxException">It is not there, or has no medium (ENXIO), or is read-only (EROFS, EACCES).</exception>
    /// <exception cref="StorageException">/dev has another device under its name.</exception>
    public OwnedFd Open(bool readOnly)
    {
        var path = FindPath();
        var fd = OwnedFd.FromCall(
            Fcntl.openat(Fcntl.AT_FDCWD, path, (readOnly ? Fcntl.O_RDONLY : Fcntl.O_RDWR) | Fcntl.O_CLOEXEC, 0), "open", path);
        try
        {
            using var opened = OpenedPath.Open($"/proc/self/fd/{fd.Fd.ToString(CultureInfo.InvariantCulture)}");
            if (!opened.IsBlockDevice || opened.DeviceNumber != (Major, Minor))
                throw new StorageException($"{path} is not the block device {this}");
            return fd;
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    }

    /// <summary>As it is written, <c>major:minor</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}:{Minor}");

    // The kernel's name for it is also what devtmpfs and udev call it (sysfs, uevent).
    private string FindPath()
    {
        const string NameKey = "DEVNAME=";
        try
        {
            foreach (var line in File.ReadLines($"/sys/dev/block/{this}/uevent"))
            {
                if (line.StartsWith(NameKey, StringComparison.Ordinal))
                    return "/dev/" + line[NameKey.Length..];
            }
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            throw new StorageException($"there is no block device {this} on this host", e);
        }

        return $"/dev/block/{this}";
    }
}
