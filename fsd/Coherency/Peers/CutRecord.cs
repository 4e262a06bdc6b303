using System.Runtime.InteropServices;
using KataShimNet.Fsd.Dax;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>What a worker tells its keeper of a change of a file's size; the file comes along.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct CutRecord
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 24;

    /// <summary>stx_dev_major of the file.</summary>
    [FieldOffset(0)] public uint DeviceMajor;

    /// <summary>stx_dev_minor.</summary>
    [FieldOffset(4)] public uint DeviceMinor;

    /// <summary>stx_ino.</summary>
    [FieldOffset(8)] public ulong Inode;

    /// <summary>Where the file will end.</summary>
    [FieldOffset(16)] public long End;

    /// <summary>The file.</summary>
    public readonly FileIdentity File => new(DeviceMajor, DeviceMinor, Inode);

    /// <summary>A record.</summary>
    /// <param name="file">The file.</param>
    /// <param name="end">Where it will end.</param>
    public static CutRecord Of(FileIdentity file, long end) =>
        new() { DeviceMajor = file.DeviceMajor, DeviceMinor = file.DeviceMinor, Inode = file.Inode, End = end };
}
