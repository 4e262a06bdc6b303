using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/eventfd.h.</summary>
public static unsafe partial class SysEventfd
{
    /// <summary>Close-on-exec.</summary>
    public const int EFD_CLOEXEC = 0x80000;

    /// <summary>Non-blocking.</summary>
    public const int EFD_NONBLOCK = 0x800;

    /// <summary>eventfd(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int eventfd(uint initial, int flags);
}
