using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Coherency;

/// <summary>The start of the table's file.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct TableHeader
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 64;

    /// <summary><see cref="TableLayout.Magic"/>: written last.</summary>
    [FieldOffset(0)] public ulong Magic;

    /// <summary><see cref="TableLayout.Version"/>.</summary>
    [FieldOffset(8)] public uint Version;

    /// <summary>Sizes of daemon slot (lower half) and inode slot (upper half).</summary>
    [FieldOffset(12)] public uint SlotSizes;

    /// <summary>Bytes of the file.</summary>
    [FieldOffset(16)] public ulong FileSize;

    /// <summary>When somebody found the table damaged (<see cref="BootClock"/>): from then on nobody grants anything. 0: it is sound.</summary>
    [FieldOffset(24)] public long DamagedAt;

    /// <summary>The longest that any daemon has ever promised anything, margin included, in nanoseconds.</summary>
    [FieldOffset(32)] public long LongestLease;

    /// <summary>Counts changes of all files: where a new slot's version begins, so that no file has one version twice.</summary>
    [FieldOffset(40)] public ulong Versions;

    /// <summary>Until when no change may be made: what a table before this one promised may still be believed (<see cref="BootClock"/>).</summary>
    [FieldOffset(48)] public long QuietUntil;
}
