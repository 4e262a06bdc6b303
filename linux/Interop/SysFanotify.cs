using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/fanotify.h: events of files that wait for an answer (fanotify(7)).</summary>
public static unsafe partial class SysFanotify
{
    /// <summary>fanotify_init: close-on-exec.</summary>
    public const uint FAN_CLOEXEC = 1;

    /// <summary>fanotify_init: events come before the file's content is reached (Linux 6.14 for <see cref="FAN_PRE_ACCESS"/>).</summary>
    public const uint FAN_CLASS_PRE_CONTENT = 8;

    /// <summary>fanotify_init: events name threads rather than processes.</summary>
    public const uint FAN_REPORT_TID = 0x100;

    /// <summary>fanotify_mark: adds to a mark.</summary>
    public const uint FAN_MARK_ADD = 1;

    /// <summary>fanotify_mark: takes from a mark.</summary>
    public const uint FAN_MARK_REMOVE = 2;

    /// <summary>Event: a file has changed.</summary>
    public const ulong FAN_MODIFY = 2;

    /// <summary>Event: a file is about to be opened; waits for an answer.</summary>
    public const ulong FAN_OPEN_PERM = 0x10000;

    /// <summary>Event: a file's content is about to be read, written, or cut; waits for an answer.</summary>
    public const ulong FAN_PRE_ACCESS = 0x100000;

    /// <summary>Answer: go on.</summary>
    public const uint FAN_ALLOW = 1;

    /// <summary>Answer: EPERM.</summary>
    public const uint FAN_DENY = 2;

    /// <summary>Where the error number of <see cref="FAN_DENY"/> is in an answer, of this class of events.</summary>
    public const int FAN_ERRNO_SHIFT = 24;

    /// <summary>fanotify_init(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fanotify_init(uint flags, uint eventFlags);

    /// <summary>fanotify_mark(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fanotify_mark(int fd, uint flags, ulong mask, int dirfd, byte* path);
}

/// <summary>struct fanotify_event_metadata.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct FanotifyEvent
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 24;

    /// <summary>FANOTIFY_METADATA_VERSION.</summary>
    public const byte ExpectedVersion = 3;

    /// <summary>Bytes of the event, with what follows this structure.</summary>
    [FieldOffset(0)] public uint Length;

    /// <summary><see cref="ExpectedVersion"/>.</summary>
    [FieldOffset(4)] public byte Version;

    /// <summary>FAN_ bits.</summary>
    [FieldOffset(8)] public ulong Mask;

    /// <summary>The file, opened for the receiver; −1 for an event of none.</summary>
    [FieldOffset(16)] public int Fd;

    /// <summary>Whose access it is.</summary>
    [FieldOffset(20)] public int Pid;
}

/// <summary>struct fanotify_response.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct FanotifyResponse
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 8;

    /// <summary>The event's descriptor.</summary>
    [FieldOffset(0)] public int Fd;

    /// <summary>FAN_ALLOW or FAN_DENY.</summary>
    [FieldOffset(4)] public uint Response;
}
