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
    /// <param name="share">
    /// A directory of the old root that shall go on to receive what is mounted below it later, or null. It is mounted over the empty one,
    /// where no path leads, and nothing is above it.
    /// </param>
    /// <returns>The directory there; null when none was asked for, or it is in no mount namespace, so that nothing can be mounted below.</returns>
    /// <exception cref="LinuxException">EPERM: CAP_SYS_ADMIN is missing.</exception>
    public static OwnedFd? Mount(string? share)
    {
        LinuxException.Check(Sched.unshare(Sched.CLONE_NEWNS), "unshare", "mount namespace");
        LinuxException.Check(SysMount.mount(null, "/", null, SysMount.MS_REC | SysMount.MS_SLAVE, null), "mount", "slave");
        var shared = share is null ? null : Copy(share);
        using var context = DetachedMount.OpenFileSystem("tmpfs");
        DetachedMount.SetString(context, "mode", "0555");
        using var root = DetachedMount.Mount(
            context, SysMount.MOUNT_ATTR_RDONLY | SysMount.MOUNT_ATTR_NOSUID | SysMount.MOUNT_ATTR_NODEV | SysMount.MOUNT_ATTR_NOEXEC);
        byte* here = stackalloc byte[] { (byte)'.', 0 };
        AttachAtRoot(root);

        // The old root comes to lie on the new one, where it is taken off (pivot_root(2), "pivot_root(".", ".")").
        LinuxException.Check(Unistd.fchdir(root.Fd), "fchdir", "empty root");
        LinuxException.Check(SysSyscall.syscall(SysSyscall.SYS_pivot_root, (nint)here, (nint)here, 0, 0, 0, 0), "pivot_root");
        LinuxException.Check(SysMount.umount2(".", SysMount.MNT_DETACH), "umount2", "old root");
        if (shared is not null)
            AttachAtRoot(shared);
        return shared;
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

    private static OwnedFd? Copy(string share)
    {
        using var original = OwnedFd.FromCall(
            Fcntl.openat(Fcntl.AT_FDCWD, share, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", share);
        return DetachedMount.Clone(original);
    }

    private static void AttachAtRoot(OwnedFd mount)
    {
        byte empty = 0;
        byte* top = stackalloc byte[] { (byte)'/', 0 };
        LinuxException.Check(
            SysSyscall.syscall(
                SysSyscall.SYS_move_mount, mount.Fd, (nint)(&empty), Fcntl.AT_FDCWD, (nint)top, (nint)SysMount.MOVE_MOUNT_F_EMPTY_PATH, 0),
            "move_mount");
    }
}
