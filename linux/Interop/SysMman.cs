using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/mman.h: memory maps.</summary>
public static unsafe partial class SysMman
{
    /// <summary>No access.</summary>
    public const int PROT_NONE = 0;

    /// <summary>Readable.</summary>
    public const int PROT_READ = 1;

    /// <summary>Writable.</summary>
    public const int PROT_WRITE = 2;

    /// <summary>Shared with the file.</summary>
    public const int MAP_SHARED = 1;

    /// <summary>A private copy.</summary>
    public const int MAP_PRIVATE = 2;

    /// <summary>At exactly this address.</summary>
    public const int MAP_FIXED = 0x10;

    /// <summary>No file.</summary>
    public const int MAP_ANONYMOUS = 0x20;

    /// <summary>Reserve no swap.</summary>
    public const int MAP_NORESERVE = 0x4000;

    /// <summary>memfd_create: close-on-exec.</summary>
    public const uint MFD_CLOEXEC = 1;

    /// <summary>memfd_create: seals may be set.</summary>
    public const uint MFD_ALLOW_SEALING = 2;

    /// <summary>madvise: the pages are not needed; those of a file are read again when they are used.</summary>
    public const int MADV_DONTNEED = 4;

    /// <summary>madvise: not in core dumps.</summary>
    public const int MADV_DONTDUMP = 16;

    /// <summary>mmap(2): −1 is failure.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint mmap(nint address, nuint length, int protection, int flags, int fd, long offset);

    /// <summary>munmap(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int munmap(nint address, nuint length);

    /// <summary>madvise(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int madvise(nint address, nuint length, int advice);

    /// <summary>memfd_create(2).</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int memfd_create(string name, uint flags);
}
