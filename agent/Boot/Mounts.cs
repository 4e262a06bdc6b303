using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Boot;

/// <summary>mount(2) and umount2(2) with errors that say what was mounted where.</summary>
internal static class Mounts
{
    /// <summary>Mounts a file system; the directory is made when it is missing.</summary>
    /// <param name="source">Device, tag or any name.</param>
    /// <param name="target">Directory.</param>
    /// <param name="type">Name of the file system.</param>
    /// <param name="flags">MS_ bits.</param>
    /// <param name="data">Options of the file system, separated by commas.</param>
    public static void Mount(string source, string target, string type, nuint flags = 0, string? data = null)
    {
        Directory.CreateDirectory(target);
        LinuxException.Check(SysMount.mount(source, target, type, flags, data), "mount", $"{type} on {target}");
    }

    /// <summary>Mounts a directory or file at a second place.</summary>
    /// <param name="source">What is there already.</param>
    /// <param name="target">Where to; must exist and be of the same kind.</param>
    /// <param name="recursive">With what is mounted below the source.</param>
    public static void Bind(string source, string target, bool recursive) =>
        LinuxException.Check(
            SysMount.mount(source, target, null, SysMount.MS_BIND | (recursive ? SysMount.MS_REC : 0), null), "mount", $"{source} on {target}");

    /// <summary>Takes a mount off the tree at once; what still uses it keeps it (MNT_DETACH).</summary>
    /// <param name="target">The mount point.</param>
    /// <returns>False when nothing is mounted there.</returns>
    public static bool Detach(string target) => SysMount.umount2(target, SysMount.MNT_DETACH | SysMount.UMOUNT_NOFOLLOW) == 0;
}
