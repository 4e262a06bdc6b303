using System;
using System.Runtime.InteropServices;
using System.Text;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>Mounts that are in nobody's mount table and vanish when their last descriptor closes (fsopen(2), fsmount(2), open_tree(2)).</summary>
/// <remarks>The descriptors are O_PATH. Needs Linux 5.2, and CAP_SYS_ADMIN.</remarks>
public static unsafe class DetachedMount
{
    /// <summary>Starts to configure a file system (fsopen(2)).</summary>
    /// <param name="type">Name of the file system, such as <c>overlay</c>.</param>
    public static OwnedFd OpenFileSystem(string type)
    {
        using var name = new Utf8Memory(type);
        return OwnedFd.FromCall(
            (int)SysSyscall.syscall(SysSyscall.SYS_fsopen, name.Address, (nint)SysMount.FSOPEN_CLOEXEC, 0, 0, 0, 0), "fsopen", type);
    }

    /// <summary>Sets a string option (fsconfig(2), FSCONFIG_SET_STRING).</summary>
    /// <param name="context">What <see cref="OpenFileSystem"/> returned.</param>
    /// <param name="key">Option.</param>
    /// <param name="value">Its value; not longer than 255 bytes, a limit of the kernel.</param>
    public static void SetString(OwnedFd context, string key, string value)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var k = new Utf8Memory(key);
        using var v = new Utf8Memory(value);
        Configure(context, SysMount.FSCONFIG_SET_STRING, k.Address, v.Address, 0, $"{key}={value}");
    }

    /// <summary>Sets an option that has no value (fsconfig(2), FSCONFIG_SET_FLAG).</summary>
    /// <param name="context">What <see cref="OpenFileSystem"/> returned.</param>
    /// <param name="key">Option.</param>
    public static void SetFlag(OwnedFd context, string key)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var k = new Utf8Memory(key);
        Configure(context, SysMount.FSCONFIG_SET_FLAG, k.Address, 0, 0, key);
    }

    /// <summary>Sets an option to an open file (fsconfig(2), FSCONFIG_SET_FD).</summary>
    /// <param name="context">What <see cref="OpenFileSystem"/> returned.</param>
    /// <param name="key">Option.</param>
    /// <param name="fd">The file.</param>
    public static void SetFd(OwnedFd context, string key, OwnedFd fd)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(fd);
        using var k = new Utf8Memory(key);
        Configure(context, SysMount.FSCONFIG_SET_FD, k.Address, 0, fd.Fd, key);
    }

    /// <summary>Creates the file system and mounts it, detached (FSCONFIG_CMD_CREATE, fsmount(2)).</summary>
    /// <param name="context">What <see cref="OpenFileSystem"/> returned, all options set.</param>
    /// <param name="attributes">MOUNT_ATTR_ bits.</param>
    /// <returns>An O_PATH descriptor of the mount's root.</returns>
    public static OwnedFd Mount(OwnedFd context, ulong attributes)
    {
        ArgumentNullException.ThrowIfNull(context);
        Configure(context, SysMount.FSCONFIG_CMD_CREATE, 0, 0, 0, "create");
        return OwnedFd.FromCall(
            (int)SysSyscall.syscall(SysSyscall.SYS_fsmount, context.Fd, (nint)SysMount.FSMOUNT_CLOEXEC, (nint)attributes, 0, 0, 0),
            "fsmount");
    }

    /// <summary>A detached copy of what is mounted at a path (open_tree(2), OPEN_TREE_CLONE).</summary>
    /// <param name="path">A directory or a file; a symbolic link is followed.</param>
    /// <param name="recursive">With what is mounted below.</param>
    public static OwnedFd Clone(string path, bool recursive)
    {
        using var p = new Utf8Memory(path);
        var flags = SysMount.OPEN_TREE_CLONE | SysMount.OPEN_TREE_CLOEXEC | (recursive ? (uint)Fcntl.AT_RECURSIVE : 0);
        return OwnedFd.FromCall(
            (int)SysSyscall.syscall(SysSyscall.SYS_open_tree, Fcntl.AT_FDCWD, p.Address, (nint)flags, 0, 0, 0), "open_tree", path);
    }

    /// <summary>
    /// A detached copy of what an open descriptor refers to: nothing lies above it, whatever is above the original.
    /// </summary>
    /// <param name="root">A directory or a file.</param>
    /// <param name="recursive">With what is mounted below.</param>
    /// <returns>Null when it is itself in no mount namespace, and the kernel is older than 6.15, which cannot copy that.</returns>
    /// <exception cref="LinuxException">EPERM: CAP_SYS_ADMIN is missing.</exception>
    public static OwnedFd? Clone(OwnedFd root, bool recursive = true)
    {
        ArgumentNullException.ThrowIfNull(root);
        byte empty = 0;
        var flags = SysMount.OPEN_TREE_CLONE | SysMount.OPEN_TREE_CLOEXEC | Fcntl.AT_EMPTY_PATH | (recursive ? (uint)Fcntl.AT_RECURSIVE : 0);
        var fd = (int)SysSyscall.syscall(SysSyscall.SYS_open_tree, root.Fd, (nint)(&empty), (nint)flags, 0, 0, 0);
        if (fd >= 0)
            return new OwnedFd(fd);
        var errno = LinuxException.LastErrno;
        return errno == Errno.EINVAL ? null : throw new LinuxException(errno, "open_tree", "a copy of an open directory");
    }

    /// <summary>Puts a detached mount into the caller's mount namespace (move_mount(2)); its descriptor still refers to it.</summary>
    /// <param name="mount">Descriptor of its root.</param>
    /// <param name="place">Descriptor of what it is to cover.</param>
    /// <exception cref="LinuxException">One is a folder and the other is not, or the place is in another mount namespace.</exception>
    public static void Attach(OwnedFd mount, OwnedFd place)
    {
        ArgumentNullException.ThrowIfNull(mount);
        ArgumentNullException.ThrowIfNull(place);
        byte empty = 0;
        const uint Flags = SysMount.MOVE_MOUNT_F_EMPTY_PATH | SysMount.MOVE_MOUNT_T_EMPTY_PATH;
        LinuxException.Check(
            SysSyscall.syscall(SysSyscall.SYS_move_mount, mount.Fd, (nint)(&empty), place.Fd, (nint)(&empty), (nint)Flags, 0), "move_mount");
    }

    /// <summary>Sets attributes of a mount (mount_setattr(2)).</summary>
    /// <param name="mount">Descriptor of its root.</param>
    /// <param name="attributes">MOUNT_ATTR_ bits to set.</param>
    /// <param name="recursive">Also of the mounts below.</param>
    public static void SetAttributes(OwnedFd mount, ulong attributes, bool recursive) => Change(mount, attributes, 0, recursive);

    /// <summary>Parts a copy from its original (mount_setattr(2), MS_PRIVATE): whatever is unmounted there stays here, and is not busy for being here.</summary>
    /// <param name="mount">Descriptor of its root.</param>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public static void MakePrivate(OwnedFd mount) => Change(mount, 0, SysMount.MS_PRIVATE, recursive: true);

    // struct mount_attr: set, clear, propagation, user namespace.
    private static void Change(OwnedFd mount, ulong attributes, ulong propagation, bool recursive)
    {
        ArgumentNullException.ThrowIfNull(mount);
        var request = stackalloc ulong[4] { attributes, 0, propagation, 0 };
        byte empty = 0;
        var flags = Fcntl.AT_EMPTY_PATH | (recursive ? Fcntl.AT_RECURSIVE : 0);
        LinuxException.Check(
            (int)SysSyscall.syscall(SysSyscall.SYS_mount_setattr, mount.Fd, (nint)(&empty), flags, (nint)request, 32, 0), "mount_setattr");
    }

    private static void Configure(OwnedFd context, uint command, nint key, nint value, int aux, string subject)
    {
        if (SysSyscall.syscall(SysSyscall.SYS_fsconfig, context.Fd, (nint)command, key, value, aux, 0) >= 0)
            return;
        var errno = LinuxException.LastErrno;
        throw new LinuxException(errno, "fsconfig", subject + ReadLog(context));
    }

    // The kernel explains a refusal in messages that are read from the context, one per read (fsopen(2)).
    private static string ReadLog(OwnedFd context)
    {
        var log = new StringBuilder();
        var buffer = stackalloc byte[1024];
        nint count;
        while ((count = Unistd.read(context.Fd, buffer, 1024)) > 0)
            log.Append(log.Length == 0 ? " (" : "; ").Append(Encoding.UTF8.GetString(buffer, (int)count).TrimEnd());
        return log.Length == 0 ? "" : log.Append(')').ToString();
    }

    private readonly struct Utf8Memory(string text) : IDisposable
    {
        public nint Address { get; } = Marshal.StringToCoTaskMemUTF8(text);

        public void Dispose() => Marshal.FreeCoTaskMem(Address);
    }
}
