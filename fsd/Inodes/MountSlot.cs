using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.State;

namespace KataShimNet.Fsd.Inodes;

/// <summary>
/// A file system as an export shows it. Together with the inode number it identifies a file: the same directory bound at two places
/// is two inodes to the guest, and one mount can have several devices (btrfs subvolumes, overlayfs).
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct MountSlot : ITableSlot
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 32;

    private const int LiveBit = 1;
    private const int NoHandlesBit = 2;
    private const int HandlesBit = 4;

    /// <summary>Mount id (statx, STATX_MNT_ID).</summary>
    [FieldOffset(0)] public ulong Mount;

    /// <summary>Device number: major in the upper half.</summary>
    [FieldOffset(8)] public ulong Device;

    /// <summary>Index of the export.</summary>
    [FieldOffset(16)] public int Export;

    /// <summary>A directory of the mount, opened for reading, for open_by_handle_at(2); records of one mount and export share it.</summary>
    [FieldOffset(20)] private int _fd;

    [FieldOffset(24)] private int _state;

    /// <inheritdoc/>
    public int Fd
    {
        readonly get => _fd;
        set => _fd = value;
    }

    /// <inheritdoc/>
    public bool IsLive
    {
        readonly get => (_state & LiveBit) != 0;
        set => Volatile.Write(ref _state, value ? LiveBit : 0);
    }

    /// <summary>Its file system was asked for a file handle and has none.</summary>
    public bool HasNoHandles
    {
        readonly get => (_state & NoHandlesBit) != 0;
        set => Set(NoHandlesBit, value);
    }

    /// <summary>Its file system was asked for a file handle and gave one.</summary>
    public bool HasHandles
    {
        readonly get => (_state & HandlesBit) != 0;
        set => Set(HandlesBit, value);
    }

    /// <summary>The hash of an inode of this file system; the upper half is as good as the lower.</summary>
    /// <param name="inode">Its number.</param>
    public readonly ulong Hash(ulong inode)
    {
        // Mixes the parts that differ most.
        var hash = (inode ^ (Device << 40) ^ (Mount << 20) ^ ((ulong)Export << 52)) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }

    private void Set(int bit, bool value) =>
        _ = value ? Interlocked.Or(ref _state, bit) : Interlocked.And(ref _state, ~bit);
}
