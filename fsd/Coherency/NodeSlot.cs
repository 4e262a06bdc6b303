using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Coherency;

/// <summary>What the daemons of a node know of one file. Guarded by the lock of its bucket.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct NodeSlot
{
    /// <summary>Bytes of the structure: <see cref="MostUsers"/> records of users at the end.</summary>
    public const int TotalSize = 256;

    /// <summary>Daemons that can use one file and be told apart.</summary>
    public const int MostUsers = 11;

    /// <summary>Offset of the first <see cref="NodeUser"/>.</summary>
    public const int UsersOffset = 80;

    /// <summary><see cref="FileKey.Device"/>.</summary>
    [FieldOffset(0)] public ulong Device;

    /// <summary><see cref="FileKey.Inode"/>.</summary>
    [FieldOffset(8)] public ulong Inode;

    /// <summary>Moves with every change that any daemon makes.</summary>
    [FieldOffset(16)] public ulong Version;

    /// <summary>Until when somebody's guest may believe what it knows (<see cref="BootClock"/>). Never moves back but for its holder.</summary>
    [FieldOffset(24)] public long LeaseUntil;

    /// <summary>Whose guest: the node id by which it knows the file, for one guest can know it under two.</summary>
    [FieldOffset(32)] public ulong LeaseNode;

    /// <summary>Generation of the daemon that has the lease.</summary>
    [FieldOffset(40)] public uint LeaseGeneration;

    /// <summary>Number of the daemon that has the lease, plus one.</summary>
    [FieldOffset(44)] public ushort LeaseDaemon;

    /// <summary>Number of the daemon that used the file last, plus one.</summary>
    [FieldOffset(46)] public ushort LastDaemon;

    /// <summary>Until when several are taken to use the file, so that nobody gets a lease.</summary>
    [FieldOffset(48)] public long ContendedUntil;

    /// <summary>Lower half of the node id of that last use.</summary>
    [FieldOffset(56)] public uint LastNode;

    /// <summary>When a daemon last began or ended a change (<see cref="BootClock"/>): what was read before is not to be believed.</summary>
    [FieldOffset(64)] public long ChangedAt;

    /// <summary>Change time of the file, in nanoseconds since 1970, as somebody saw it after the last change by a daemon; 0: nobody did.</summary>
    [FieldOffset(72)] public ulong KnownChange;

    /// <summary>1: the slot is a file's; 0: it is free. Written last.</summary>
    [FieldOffset(60)] public uint State;
}
