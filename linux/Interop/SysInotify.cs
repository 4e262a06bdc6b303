using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/inotify.h: events of files and folders.</summary>
public static unsafe partial class SysInotify
{
    /// <summary>A file was written to, or its size was set.</summary>
    public const uint IN_MODIFY = 2;

    /// <summary>A name was moved into the folder.</summary>
    public const uint IN_MOVED_TO = 0x80;

    /// <summary>A name was made in the folder.</summary>
    public const uint IN_CREATE = 0x100;

    /// <summary>A name was deleted from the folder.</summary>
    public const uint IN_DELETE = 0x200;

    /// <summary>Events were lost: the queue was full.</summary>
    public const uint IN_Q_OVERFLOW = 0x4000;

    /// <summary>inotify_add_watch: only a folder.</summary>
    public const uint IN_ONLYDIR = 0x1000000;

    /// <summary>inotify_init1: close-on-exec.</summary>
    public const int IN_CLOEXEC = 0x80000;

    /// <summary>inotify_init1: reads do not block.</summary>
    public const int IN_NONBLOCK = 0x800;

    /// <summary>Bytes of struct inotify_event before its name.</summary>
    public const int EventHeaderSize = 16;

    /// <summary>inotify_init1(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int inotify_init1(int flags);

    /// <summary>inotify_add_watch(2).</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int inotify_add_watch(int fd, string path, uint mask);

    /// <summary>inotify_add_watch(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int inotify_add_watch(int fd, byte* path, uint mask);

    /// <summary>inotify_rm_watch(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int inotify_rm_watch(int fd, int watch);
}
