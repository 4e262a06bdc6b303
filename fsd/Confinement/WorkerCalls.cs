using System.Collections.Generic;

namespace KataShimNet.Fsd.Confinement;

/// <summary>System calls of the worker (x86-64): what FUSE requests are made of, and what the runtime needs.</summary>
/// <remarks>
/// Not among them: execve, socket and whatever connects, ptrace and its like, mounts, modules, keys, io_uring, bpf, other processes'
/// memory and descriptors, namespaces. Hot calls have no argument check, so that the kernel decides them by its bitmap.
/// </remarks>
internal static class WorkerCalls
{
    private const uint CLONE_FS = 0x200;

    // linux/fs.h; what the guest may ask with IOCTL.
    private const uint FS_IOC_GETFLAGS = 0x80086601;
    private const uint FS_IOC_SETFLAGS = 0x40086602;
    private const uint FS_IOC_GETVERSION = 0x80087601;
    private const uint FS_IOC_FSGETXATTR = 0x801c581f;
    private const uint FS_IOC_FSSETXATTR = 0x401c5820;

    /// <summary>The rules, those of the runtime included.</summary>
    public static IReadOnlyList<SeccompRule> Rules { get; } =
    [
        .. RuntimeCalls.Rules,

        // Names and inodes.
        new(257, "openat", "LOOKUP, OPEN, CREATE"),
        new(437, "openat2", "LOOKUP, when a path must stay below a directory"),
        new(303, "name_to_handle_at", "an inode without a descriptor"),
        new(304, "open_by_handle_at", "back to a descriptor"),
        new(332, "statx", "GETATTR, LOOKUP"),
        new(258, "mkdirat", "MKDIR"),
        new(259, "mknodat", "MKNOD"),
        new(263, "unlinkat", "UNLINK, RMDIR"),
        new(264, "renameat", "RENAME"),
        new(316, "renameat2", "RENAME2"),
        new(265, "linkat", "LINK"),
        new(266, "symlinkat", "SYMLINK"),
        new(267, "readlinkat", "READLINK"),
        new(217, "getdents64", "READDIR"),
        new(81, "fchdir", "a queue's thread works in its /proc/PID/fd"),

        // Attributes.
        new(91, "fchmod", "SETATTR"),
        new(268, "fchmodat", "SETATTR"),
        new(452, "fchmodat2", "SETATTR"),
        new(93, "fchown", "SETATTR"),
        new(260, "fchownat", "SETATTR"),
        new(77, "ftruncate", "SETATTR"),
        new(280, "utimensat", "SETATTR"),
        new(138, "fstatfs", "STATFS"),
        new(188, "setxattr", "SETXATTR"),
        new(190, "fsetxattr", "SETXATTR"),
        new(191, "getxattr", "GETXATTR"),
        new(193, "fgetxattr", "GETXATTR"),
        new(194, "listxattr", "LISTXATTR"),
        new(196, "flistxattr", "LISTXATTR"),
        new(197, "removexattr", "REMOVEXATTR"),
        new(199, "fremovexattr", "REMOVEXATTR"),
        new(16, "ioctl", "IOCTL: flags and attributes of files, nothing of devices",
            new ArgumentCheck(1, uint.MaxValue, FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_IOC_GETVERSION, FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR)),

        // Data.
        new(17, "pread64", "READ"),
        new(18, "pwrite64", "WRITE"),
        new(295, "preadv", "READ"),
        new(296, "pwritev", "WRITE"),
        new(327, "preadv2", "READ"),
        new(328, "pwritev2", "WRITE"),
        new(74, "fsync", "FSYNC"),
        new(75, "fdatasync", "FSYNC"),
        new(306, "syncfs", "SYNCFS"),
        new(285, "fallocate", "FALLOCATE"),
        new(326, "copy_file_range", "COPY_FILE_RANGE"),
        new(73, "flock", "SETLK"),

        // Open files that the guest maps: that a process of the host has made one longer. The instance is made before this list is in force.
        new(254, "inotify_add_watch", "OPEN: by the entry of a descriptor in /proc/self/fd, for nothing else has a path here"),
        new(255, "inotify_rm_watch", "RELEASE"),

        // Whose request it is: file system ids and capabilities of one thread, which can only become fewer than at the start.
        new(95, "umask", "a queue's thread applies the guest's"),
        new(122, "setfsuid", "the caller's id"),
        new(123, "setfsgid", "the caller's id"),
        new(125, "capget", "what the thread has"),
        new(126, "capset", "without CAP_FSETID, for a while"),
        new(272, "unshare", "a umask and a directory of the thread's own, and nothing else",
            new ArgumentCheck(0, uint.MaxValue, CLONE_FS)),
    ];
}
