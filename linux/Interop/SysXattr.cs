using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/xattr.h: extended attributes.</summary>
public static unsafe partial class SysXattr
{
    /// <summary>Fail when the attribute is there.</summary>
    public const int XATTR_CREATE = 1;

    /// <summary>Fail when it is not.</summary>
    public const int XATTR_REPLACE = 2;

    /// <summary>getxattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint getxattr(byte* path, byte* name, void* value, nuint size);

    /// <summary>lgetxattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint lgetxattr(byte* path, byte* name, void* value, nuint size);

    /// <summary>fgetxattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint fgetxattr(int fd, byte* name, void* value, nuint size);

    /// <summary>setxattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setxattr(byte* path, byte* name, void* value, nuint size, int flags);

    /// <summary>lsetxattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int lsetxattr(byte* path, byte* name, void* value, nuint size, int flags);

    /// <summary>fsetxattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fsetxattr(int fd, byte* name, void* value, nuint size, int flags);

    /// <summary>listxattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint listxattr(byte* path, byte* list, nuint size);

    /// <summary>llistxattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint llistxattr(byte* path, byte* list, nuint size);

    /// <summary>flistxattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint flistxattr(int fd, byte* list, nuint size);

    /// <summary>removexattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int removexattr(byte* path, byte* name);

    /// <summary>lremovexattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int lremovexattr(byte* path, byte* name);

    /// <summary>fremovexattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fremovexattr(int fd, byte* name);
}
