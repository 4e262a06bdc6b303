using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Dax;

/// <summary>Which files of an export can be mapped for the guest.</summary>
internal static unsafe class DaxFileSystem
{
    private const uint ExecuteBits = 0x49;

    // linux/stat.h: who opens such a file for writing is refused, root too.
    private const ulong STATX_ATTR_IMMUTABLE = 0x10;
    private const ulong STATX_ATTR_APPEND = 0x20;

    // sys/statvfs.h
    private const long ST_RDONLY = 1;

    /// <summary>
    /// Whether a file is mapped: one that may be written, for QEMU maps no other. A program is not, for the host could not start one that
    /// somebody may write (ETXTBSY).
    /// </summary>
    /// <param name="file">What statx(2) says of it.</param>
    public static bool IsMapped(in Statx file) =>
        (file.Mode & SysStat.S_IFMT) == SysStat.S_IFREG
        && (file.Mode & ExecuteBits) == 0
        && (file.Attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) == 0;

    /// <summary>
    /// Settles whether, and in which mount, files of an export are mapped: not when it is read-only, and nothing of what is mounted below it.
    /// </summary>
    /// <param name="export">The export, whose policy says what is wanted.</param>
    /// <param name="options">The daemon's options.</param>
    public static void Settle(Export export, ServingOptions options)
    {
        if (options.DaxWindow == 0)
        {
            export.Policy = export.Policy with { Dax = false };
            return;
        }

        if (!export.Policy.Dax)
            return;
        Statfs fileSystem;
        Statx status;
        if (SysStatfs.fstatfs(export.Root.Fd, &fileSystem) < 0
            || HostFile.Stat(export.Root.Fd, &status) < 0
            || !DaxFileSystems.CanMap(fileSystem.Type)
            || export.Policy.ReadOnly
            || (fileSystem.Flags & ST_RDONLY) != 0)
        {
            return;
        }

        export.Policy = export.Policy with { DaxMount = status.MountId };
    }
}
