using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/ioctl.h.</summary>
public static unsafe partial class SysIoctl
{
    /// <summary>Set the controlling terminal.</summary>
    public const nuint TIOCSCTTY = 0x540E;

    /// <summary>Read the window size.</summary>
    public const nuint TIOCGWINSZ = 0x5413;

    /// <summary>Set the window size.</summary>
    public const nuint TIOCSWINSZ = 0x5414;

    /// <summary>Unlock the slave of a pseudoterminal: an int, 0.</summary>
    public const nuint TIOCSPTLCK = 0x40045431;

    /// <summary>Open the slave of a pseudoterminal; the argument is the flags of open(2).</summary>
    public const nuint TIOCGPTPEER = 0x5441;

    /// <summary>Interface flags, read (netdevice(7)).</summary>
    public const nuint SIOCGIFFLAGS = 0x8913;

    /// <summary>Interface flags, set (netdevice(7)).</summary>
    public const nuint SIOCSIFFLAGS = 0x8914;

    /// <summary>Flags of an inode, read: an int (linux/fs.h).</summary>
    public const nuint FS_IOC_GETFLAGS = 0x80086601;

    /// <summary>Flags of an inode, set: an int.</summary>
    public const nuint FS_IOC_SETFLAGS = 0x40086602;

    /// <summary>Generation of an inode: an int.</summary>
    public const nuint FS_IOC_GETVERSION = 0x80087601;

    /// <summary>Attributes of an inode, read: struct fsxattr, 28 bytes.</summary>
    public const nuint FS_IOC_FSGETXATTR = 0x801c581f;

    /// <summary>Attributes of an inode, set: struct fsxattr.</summary>
    public const nuint FS_IOC_FSSETXATTR = 0x401c5820;

    /// <summary>Register a file that a FUSE file system passes through to: struct fuse_backing_map (linux/fuse.h).</summary>
    public const nuint FUSE_DEV_IOC_BACKING_OPEN = 0x4010e501;

    /// <summary>Take such a file back: its id, an unsigned int.</summary>
    public const nuint FUSE_DEV_IOC_BACKING_CLOSE = 0x4004e502;

    /// <summary>ioctl(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int ioctl(int fd, nuint request, void* argument);
}
