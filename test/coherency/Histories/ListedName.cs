using System.Runtime.InteropServices;

namespace KataShimNet.CoherencyTests.Histories;

/// <summary>A name that a folder was said to have (<c>struct entry</c> of worker/worker.h).</summary>
/// <param name="Ino">Number of its inode.</param>
/// <param name="Name">1 for a, and so on.</param>
/// <param name="Type">DT_REG 8, DT_DIR 4.</param>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly record struct ListedName(ulong Ino, byte Name, byte Type)
{
    /// <summary>DT_DIR of dirent.h.</summary>
    public const byte Folder = 4;

    /// <summary>DT_REG of dirent.h.</summary>
    public const byte File = 8;
}
