using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/mount.h and linux/mount.h: mounts, old and new API. The new calls go through syscall(2).</summary>
public static unsafe partial class SysMount
{
    /// <summary>Read-only.</summary>
    public const nuint MS_RDONLY = 1;

    /// <summary>Ignore set-id bits.</summary>
    public const nuint MS_NOSUID = 2;

    /// <summary>No access to devices.</summary>
    public const nuint MS_NODEV = 4;

    /// <summary>No program is run from it.</summary>
    public const nuint MS_NOEXEC = 8;

    /// <summary>Writes go to the disk at once.</summary>
    public const nuint MS_SYNCHRONOUS = 16;

    /// <summary>Changes of directories go to the disk at once.</summary>
    public const nuint MS_DIRSYNC = 128;

    /// <summary>Do not follow symbolic links.</summary>
    public const nuint MS_NOSYMFOLLOW = 256;

    /// <summary>Do not update access times.</summary>
    public const nuint MS_NOATIME = 1024;

    /// <summary>Do not update access times of directories.</summary>
    public const nuint MS_NODIRATIME = 2048;

    /// <summary>Fewer messages in the kernel log.</summary>
    public const nuint MS_SILENT = 32768;

    /// <summary>Cannot be bound elsewhere.</summary>
    public const nuint MS_UNBINDABLE = 1 << 17;

    /// <summary>Access times follow changes.</summary>
    public const nuint MS_RELATIME = 1 << 21;

    /// <summary>Always update access times.</summary>
    public const nuint MS_STRICTATIME = 1 << 24;

    /// <summary>Update times on the disk lazily.</summary>
    public const nuint MS_LAZYTIME = 1 << 25;

    /// <summary>Alter the flags of a mount.</summary>
    public const nuint MS_REMOUNT = 32;

    /// <summary>Bind mount.</summary>
    public const nuint MS_BIND = 4096;

    /// <summary>Move a mount.</summary>
    public const nuint MS_MOVE = 8192;

    /// <summary>With MS_BIND: the whole tree.</summary>
    public const nuint MS_REC = 16384;

    /// <summary>Make private.</summary>
    public const nuint MS_PRIVATE = 1 << 18;

    /// <summary>Make slave.</summary>
    public const nuint MS_SLAVE = 1 << 19;

    /// <summary>Make shared.</summary>
    public const nuint MS_SHARED = 1 << 20;

    /// <summary>umount2: detach lazily.</summary>
    public const int MNT_DETACH = 2;

    /// <summary>umount2: do not follow a link.</summary>
    public const int UMOUNT_NOFOLLOW = 8;

    /// <summary>fsopen: close-on-exec.</summary>
    public const uint FSOPEN_CLOEXEC = 1;

    /// <summary>fsmount: close-on-exec.</summary>
    public const uint FSMOUNT_CLOEXEC = 1;

    /// <summary>open_tree: make a detached copy.</summary>
    public const uint OPEN_TREE_CLONE = 1;

    /// <summary>open_tree: close-on-exec.</summary>
    public const uint OPEN_TREE_CLOEXEC = 0x80000;

    /// <summary>fsconfig: set a flag.</summary>
    public const uint FSCONFIG_SET_FLAG = 0;

    /// <summary>fsconfig: set a string.</summary>
    public const uint FSCONFIG_SET_STRING = 1;

    /// <summary>fsconfig: set a descriptor.</summary>
    public const uint FSCONFIG_SET_FD = 5;

    /// <summary>fsconfig: create the superblock.</summary>
    public const uint FSCONFIG_CMD_CREATE = 6;

    /// <summary>mount attribute: read-only.</summary>
    public const ulong MOUNT_ATTR_RDONLY = 1;

    /// <summary>mount attribute: ignore set-id bits.</summary>
    public const ulong MOUNT_ATTR_NOSUID = 2;

    /// <summary>mount attribute: no devices.</summary>
    public const ulong MOUNT_ATTR_NODEV = 4;

    /// <summary>mount attribute: no programs.</summary>
    public const ulong MOUNT_ATTR_NOEXEC = 8;

    /// <summary>mount attribute: access times are not updated.</summary>
    public const ulong MOUNT_ATTR_NOATIME = 0x10;

    /// <summary>mount attribute: id mapping.</summary>
    public const ulong MOUNT_ATTR_IDMAP = 0x100000;

    /// <summary>move_mount: the source path is empty.</summary>
    public const uint MOVE_MOUNT_F_EMPTY_PATH = 4;

    /// <summary>move_mount: the target path is empty.</summary>
    public const uint MOVE_MOUNT_T_EMPTY_PATH = 0x40;

    /// <summary>mount(2).</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int mount(string? source, string target, string? type, nuint flags, string? data);

    /// <summary>umount2(2).</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int umount2(string target, int flags);
}
