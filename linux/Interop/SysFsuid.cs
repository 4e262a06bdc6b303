using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/fsuid.h: file system ids of the calling thread.</summary>
public static unsafe partial class SysFsuid
{
    /// <summary>setfsuid(2): returns the id before.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setfsuid(uint uid);

    /// <summary>setfsgid(2): returns the id before.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setfsgid(uint gid);
}
