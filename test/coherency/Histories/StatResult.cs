using System.Runtime.InteropServices;

namespace KataShimNet.CoherencyTests.Histories;

/// <summary>What stat said (<c>record.stat</c> of worker/worker.h).</summary>
/// <param name="Ino">Number of the inode.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Mtime">Nanoseconds of the epoch.</param>
/// <param name="Ctime">Nanoseconds of the epoch.</param>
/// <param name="Mode">st_mode, with the type.</param>
/// <param name="Nlink">Number of links.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct StatResult(ulong Ino, ulong Size, ulong Mtime, ulong Ctime, uint Mode, uint Nlink)
{
    private const uint TypeMask = 0xF000;
    private const uint FolderType = 0x4000;

    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder => (Mode & TypeMask) == FolderType;

    /// <summary>The permissions.</summary>
    public int Permissions => (int)(Mode & 0xFFF);
}
