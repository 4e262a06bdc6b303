using System.IO;
using System.Runtime.InteropServices;
using KataShimNet.AgentProto.Kata;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Boot;

/// <summary>How the kernel gave us our root.</summary>
internal enum BootRoot
{
    /// <summary>The synthetic root of the share; the guest tree is its entry <c>guest</c>.</summary>
    Share,

    /// <summary>The guest tree itself.</summary>
    Plain,

    /// <summary>The guest tree as an initramfs. pivot_root(2) is not possible there.</summary>
    Initramfs,
}

/// <summary>Makes the guest tree the root, with the share below it.</summary>
/// <remarks>
/// The kernel mounts the virtio-fs device as its root and starts /guest/sbin/init through the automounted submount. Afterwards
/// the two change places: <c>/</c> is the guest tree and the synthetic root, all its exports with it, is at
/// <see cref="GuestContract.SharePath"/>. One device, one mount, no initramfs.
/// </remarks>
internal static unsafe class RootSwitch
{
    private const string Guest = "/" + GuestContract.GuestRootExport;

    /// <summary>Finds out how we were booted. Needs nothing mounted.</summary>
    public static BootRoot Detect()
    {
        if (File.Exists(Guest + GuestContract.InitPath))
            return BootRoot.Share;
        return FileSystemOf("/") is RamfsMagic or TmpfsMagic ? BootRoot.Initramfs : BootRoot.Plain;
    }

    /// <summary>From the synthetic root to the guest tree. Mounts /run on the way.</summary>
    /// <exception cref="LinuxException">The kernel refuses; the guest cannot run.</exception>
    public static void EnterGuestTree()
    {
        // Looking into it is what triggers the automount; binding it on itself covers a share that has no submounts.
        _ = Directory.Exists(Guest + "/proc");
        if (!IsMountPoint(Guest))
            Mounts.Bind(Guest, Guest, recursive: true);
        Mounts.Mount("tmpfs", Guest + "/run", "tmpfs", SysMount.MS_NOSUID | SysMount.MS_NODEV, "mode=755");
        var oldRoot = Guest + GuestContract.SharePath;
        Directory.CreateDirectory(oldRoot);
        PivotRoot(Guest, oldRoot);
        LinuxException.Check(Unistd.chdir("/"), "chdir", "/");
    }

    private const long RamfsMagic = 0x858458f6;
    private const long TmpfsMagic = 0x01021994;

    private static void PivotRoot(string newRoot, string putOld)
    {
        var from = Marshal.StringToCoTaskMemUTF8(newRoot);
        var to = Marshal.StringToCoTaskMemUTF8(putOld);
        try
        {
            LinuxException.Check(SysSyscall.syscall(SysSyscall.SYS_pivot_root, from, to, 0, 0, 0, 0), "pivot_root", newRoot);
        }
        finally
        {
            Marshal.FreeCoTaskMem(from);
            Marshal.FreeCoTaskMem(to);
        }
    }

    private static long FileSystemOf(string path)
    {
        using var fd = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0), "open", path);
        Statfs statfs;
        LinuxException.Check(SysStatfs.fstatfs(fd.Fd, &statfs), "fstatfs", path);
        return statfs.Type;
    }

    private static bool IsMountPoint(string path) => DeviceOf(path) != DeviceOf("/");

    private static ulong DeviceOf(string path)
    {
        using var fd = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0), "open", path);
        Statx statx;
        byte empty = 0;
        LinuxException.Check(SysStat.statx(fd.Fd, &empty, Fcntl.AT_EMPTY_PATH, SysStat.STATX_MNT_ID, &statx), "statx", path);
        return statx.MountId;
    }
}
