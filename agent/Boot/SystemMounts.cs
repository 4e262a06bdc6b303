using System.IO;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Boot;

/// <summary>The kernel's file systems that every program expects to find.</summary>
internal static class SystemMounts
{
    private const nuint Closed = SysMount.MS_NOSUID | SysMount.MS_NODEV | SysMount.MS_NOEXEC;

    /// <summary>Mounts them all.</summary>
    /// <param name="runIsMounted">Whether /run is a tmpfs already.</param>
    public static void MountAll(bool runIsMounted)
    {
        Mounts.Mount("proc", "/proc", "proc", Closed);
        Mounts.Mount("sysfs", "/sys", "sysfs", Closed);
        Mounts.Mount("devtmpfs", "/dev", "devtmpfs", SysMount.MS_NOSUID, "mode=755");
        Mounts.Mount("devpts", "/dev/pts", "devpts", SysMount.MS_NOSUID | SysMount.MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
        Mounts.Mount("shm", "/dev/shm", "tmpfs", SysMount.MS_NOSUID | SysMount.MS_NODEV, "mode=1777");
        Mounts.Mount("mqueue", "/dev/mqueue", "mqueue", Closed);
        if (!runIsMounted)
            Mounts.Mount("tmpfs", "/run", "tmpfs", SysMount.MS_NOSUID | SysMount.MS_NODEV, "mode=755");
        Mounts.Mount("tmpfs", "/tmp", "tmpfs", SysMount.MS_NOSUID | SysMount.MS_NODEV, "mode=1777");
        Link("/dev/fd", "/proc/self/fd");
        Link("/dev/stdin", "/proc/self/fd/0");
        Link("/dev/stdout", "/proc/self/fd/1");
        Link("/dev/stderr", "/proc/self/fd/2");
        File.Delete("/dev/ptmx");
        Link("/dev/ptmx", "pts/ptmx");
    }

    private static void Link(string path, string target)
    {
        if (!Path.Exists(path))
            File.CreateSymbolicLink(path, target);
    }
}
