using System;
using System.IO;
using System.Runtime.InteropServices;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>A root directory with nothing in it.</summary>
internal static unsafe class EmptyRoot
{
    /// <summary>
    /// Gives the calling thread, and what it starts, a mount namespace of its own whose only mount is an empty, read-only directory.
    /// Open descriptors go on to lead where they led.
    /// </summary>
    /// <exception cref="LinuxException">EPERM: CAP_SYS_ADMIN is missing.</exception>
    public static void Mount()
    {
        LinuxException.Check(Sched.unshare(Sched.CLONE_NEWNS), "unshare", "mount namespace");
        LinuxException.Check(SysMount.mount(null, "/", null, SysMount.MS_REC | SysMount.MS_PRIVATE, null), "mount", "private");
        using var context = DetachedMount.OpenFileSystem("tmpfs");
        DetachedMount.SetString(context, "mode", "0555");
        using var root = DetachedMount.Mount(
            context, SysMount.MOUNT_ATTR_RDONLY | SysMount.MOUNT_ATTR_NOSUID | SysMount.MOUNT_ATTR_NODEV | SysMount.MOUNT_ATTR_NOEXEC);
        byte empty = 0;
        byte* here = stackalloc byte[] { (byte)'.', 0 };
        byte* top = stackalloc byte[] { (byte)'/', 0 };
        LinuxException.Check(
            SysSyscall.syscall(
                SysSyscall.SYS_move_mount, root.Fd, (nint)(&empty), Fcntl.AT_FDCWD, (nint)top, (nint)SysMount.MOVE_MOUNT_F_EMPTY_PATH, 0),
            "move_mount",
            "empty root");

        // The old root comes to lie on the new one, where it is taken off (pivot_root(2), "pivot_root(".", ".")").
        LinuxException.Check(Unistd.fchdir(root.Fd), "fchdir", "empty root");
        LinuxException.Check(SysSyscall.syscall(SysSyscall.SYS_pivot_root, (nint)here, (nint)here, 0, 0, 0, 0), "pivot_root");
        LinuxException.Check(SysMount.umount2(".", SysMount.MNT_DETACH), "umount2", "old root");
    }

    /// <summary>
    /// Gives the calling thread, which shares its root with no other, a root that has been removed already: nothing can be made in it.
    /// </summary>
    /// <exception cref="LinuxException">EPERM: CAP_SYS_CHROOT is missing.</exception>
    public static void Change()
    {
        var path = Path.Combine(Path.GetTempPath(), $"katanet-fsd-{Guid.NewGuid():N}");
        var name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            LinuxException.Check(SysStat.mkdirat(Fcntl.AT_FDCWD, (byte*)name, 0), "mkdir", path);
            using var root = OwnedFd.FromCall(
                Fcntl.openat(Fcntl.AT_FDCWD, (byte*)name, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", path);
            LinuxException.Check(Unistd.unlinkat(Fcntl.AT_FDCWD, (byte*)name, Fcntl.AT_REMOVEDIR), "rmdir", path);
            LinuxException.Check(Unistd.fchdir(root.Fd), "fchdir", path);
            LinuxException.Check(Unistd.chroot("."), "chroot", "it needs CAP_SYS_CHROOT; --sandbox=none does without");
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }
}
