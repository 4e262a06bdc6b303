using System.Runtime.InteropServices;
using KataShimNet.Fsd.Dax;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>What a daemon asks of another.</summary>
internal enum PeerOperation : uint
{
    /// <summary>Swap what the guest has mapped of a part of a file for scratch memory: the part is about to go.</summary>
    Shrink = 1,
    /// <summary>Put the file back where scratch memory stands for a part of it: the part is there again.</summary>
    Grown = 2,
    /// <summary>Have the guest ask anew for the sizes of its open files of a bucket (<see cref="Sizes.OpenFiles"/>), which stands in the place of the inode.</summary>
    Resized = 3,
}

/// <summary>Which side of a connection asks, and which answers: it stays so for as long as the connection lives.</summary>
internal enum PeerDirection : ushort
{
    /// <summary>Who connected asks.</summary>
    ConnectorAsks = 1,
    /// <summary>Who accepted asks.</summary>
    AcceptorAsks = 2,
}

/// <summary>First packet on a connection between two daemons: who connected, and what for. Our own protocol; numbers are the machine's.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct PeerHello
{
    /// <summary>Bytes of the packet.</summary>
    public const int TotalSize = 16;

    /// <summary>"KTPE".</summary>
    public const uint ExpectedMagic = 0x4550544b;

    /// <summary>Version of all messages here.</summary>
    public const ushort ExpectedVersion = 1;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    [FieldOffset(0)] public uint Magic;

    /// <summary><see cref="ExpectedVersion"/>.</summary>
    [FieldOffset(4)] public ushort Version;

    /// <summary>Who asks.</summary>
    [FieldOffset(6)] public PeerDirection Direction;

    /// <summary>Slot of who connected.</summary>
    [FieldOffset(8)] public int Slot;

    /// <summary>Generation of that slot.</summary>
    [FieldOffset(12)] public uint Generation;

    /// <summary>Whether it is one that we understand.</summary>
    public readonly bool IsValid =>
        Magic == ExpectedMagic && Version == ExpectedVersion && Direction is PeerDirection.ConnectorAsks or PeerDirection.AcceptorAsks;
}

/// <summary>A request between daemons: one packet, answered by one <see cref="PeerReply"/> before the next is sent.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct PeerRequest
{
    /// <summary>Bytes of the packet.</summary>
    public const int TotalSize = 40;

    /// <summary>What is asked for.</summary>
    [FieldOffset(0)] public PeerOperation Operation;

    /// <summary>Repeated in the answer; set by the link that sends it.</summary>
    [FieldOffset(4)] public uint Serial;

    /// <summary>stx_dev_major of the file.</summary>
    [FieldOffset(8)] public uint DeviceMajor;

    /// <summary>stx_dev_minor.</summary>
    [FieldOffset(12)] public uint DeviceMinor;

    /// <summary>stx_ino.</summary>
    [FieldOffset(16)] public ulong Inode;

    /// <summary>First byte of the part.</summary>
    [FieldOffset(24)] public long From;

    /// <summary>Byte behind the part; <see cref="long.MaxValue"/> is all the rest.</summary>
    [FieldOffset(32)] public long To;

    /// <summary>The file.</summary>
    public readonly FileIdentity File => new(DeviceMajor, DeviceMinor, Inode);

    /// <summary>Whether the part is one.</summary>
    public readonly bool IsValid => Operation is PeerOperation.Shrink or PeerOperation.Grown or PeerOperation.Resized && From >= 0 && To > From;

    /// <summary>A request about a part of a file.</summary>
    /// <param name="operation">What is asked for.</param>
    /// <param name="file">The file.</param>
    /// <param name="from">First byte.</param>
    /// <param name="to">Byte behind the last one.</param>
    public static PeerRequest Of(PeerOperation operation, FileIdentity file, long from, long to) => new()
    {
        Operation = operation,
        DeviceMajor = file.DeviceMajor,
        DeviceMinor = file.DeviceMinor,
        Inode = file.Inode,
        From = from,
        To = to,
    };
}

/// <summary>The answer to a <see cref="PeerRequest"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct PeerReply
{
    /// <summary>Bytes of the packet.</summary>
    public const int TotalSize = 8;

    /// <summary>The request's.</summary>
    [FieldOffset(0)] public uint Serial;

    /// <summary>0, or an error number: EBUSY for a virtual machine that is stopped, and what QEMU's refusal was.</summary>
    [FieldOffset(4)] public int Errno;
}
