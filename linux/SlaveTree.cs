using System;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>
/// A copy of a folder, with what is mounted below it, into which later mounts and unmounts of the original propagate. It is in no mount
/// namespace but one of its own, of which it is the root: nothing lies above it.
/// </summary>
/// <remarks>A detached copy (open_tree(2)) gets none: mounts propagate only into namespaces (mount_namespaces(7)).</remarks>
public sealed unsafe class SlaveTree : IDisposable
{
    private readonly OwnedFd _namespace;

    private SlaveTree(OwnedFd root, OwnedFd mountNamespace) => (Root, _namespace) = (root, mountNamespace);

    /// <summary>Descriptor of its root (O_PATH).</summary>
    public OwnedFd Root { get; }

    /// <summary>Makes one.</summary>
    /// <param name="path">A folder; what is mounted below it propagates when its mount is shared.</param>
    /// <param name="readOnlyTop">Makes the copy of the folder's own mount read-only, and none of those below it.</param>
    /// <exception cref="LinuxException">There is no such folder, or CAP_SYS_ADMIN is missing.</exception>
    public static SlaveTree Make(string path, bool readOnlyTop = false) =>
        PrivateMountNamespace.Run(SysMount.MS_SLAVE, () => MakeHere(path, readOnlyTop));

    /// <summary>Lets go of it: the namespace goes with its last user.</summary>
    public void Dispose()
    {
        Root.Dispose();
        _namespace.Dispose();
    }

    private static SlaveTree MakeHere(string path, bool readOnlyTop)
    {
        var held = OwnedFd.FromCall(
            Fcntl.openat(Fcntl.AT_FDCWD, "/proc/thread-self/ns/mnt", Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), "open", "/proc/thread-self/ns/mnt");
        OwnedFd? root = null;
        try
        {
            root = DetachedMount.Clone(path, recursive: true);
            if (readOnlyTop)
                DetachedMount.SetAttributes(root, SysMount.MOUNT_ATTR_RDONLY, recursive: false);
            MakeRoot(root);
            return new SlaveTree(root, held);
        }
        catch
        {
            root?.Dispose();
            held.Dispose();
            throw;
        }
    }

    private static void MakeRoot(OwnedFd root)
    {
        byte empty = 0;
        var top = stackalloc byte[] { (byte)'/', 0 };
        var here = stackalloc byte[] { (byte)'.', 0 };
        LinuxException.Check(
            SysSyscall.syscall(
                SysSyscall.SYS_move_mount, root.Fd, (nint)(&empty), Fcntl.AT_FDCWD, (nint)top, (nint)SysMount.MOVE_MOUNT_F_EMPTY_PATH, 0),
            "move_mount");
        // The old root comes to lie on the new one, where it is taken off (pivot_root(2), "pivot_root(".", ".")").
        LinuxException.Check(Unistd.fchdir(root.Fd), "fchdir", "new root");
        LinuxException.Check(SysSyscall.syscall(SysSyscall.SYS_pivot_root, (nint)here, (nint)here, 0, 0, 0, 0), "pivot_root");
        LinuxException.Check(SysMount.umount2(".", SysMount.MNT_DETACH), "umount2", "old root");
    }
}
