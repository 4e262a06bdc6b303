using System.Runtime.InteropServices;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Dax;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>A file that some guest maps, or that is being cut. Guarded by the lock of the table.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal unsafe struct MapEntry
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 192;

    /// <summary>Words of <see cref="Mappers"/>: a bit for each slot of a daemon.</summary>
    public const int MapperWords = NodeTableForm.MaxDaemons / 64;

    /// <summary>Device number: major in the upper half, minor in the lower.</summary>
    [FieldOffset(0)] public ulong Device;

    /// <summary>Inode number.</summary>
    [FieldOffset(8)] public ulong Inode;

    /// <summary>The lowest byte for which a guest may have scratch memory; <see cref="long.MaxValue"/>: none has.</summary>
    [FieldOffset(16)] public long ScratchFrom;

    /// <summary>Where the file will end, while it is being cut: nobody maps what lies past it. Otherwise <see cref="long.MaxValue"/>.</summary>
    [FieldOffset(24)] public long End;

    /// <summary>Slot plus one of the daemon that changes the size; 0: nobody does.</summary>
    [FieldOffset(32)] public int Owner;

    /// <summary>Generation of that daemon.</summary>
    [FieldOffset(36)] public uint OwnerGeneration;

    /// <summary>1: the entry is a file's; 0: it is free. Written last.</summary>
    [FieldOffset(40)] public uint State;

    /// <summary>1 while it is about to be cut, and guests may still reach what goes; 0 from when that was put aside.</summary>
    [FieldOffset(44)] public uint Pending;

    /// <summary>Who maps the file: bit N of word M is the daemon of slot 64 M + N. That of a dead daemon may still be set.</summary>
    [FieldOffset(64)] public fixed ulong Mappers[MapperWords];

    /// <summary>Whether nothing is to be remembered.</summary>
    public readonly bool IsIdle
    {
        get
        {
            if (Owner != 0 || ScratchFrom != long.MaxValue)
                return false;
            for (var i = 0; i < MapperWords; i++)
            {
                if (Mappers[i] != 0)
                    return false;
            }

            return true;
        }
    }

    /// <summary>Whether it is a file's entry.</summary>
    /// <param name="file">The file.</param>
    public readonly bool IsOf(FileIdentity file) => State == 1 && Inode == file.Inode && Device == file.Device;
}

/// <summary>The start of the file of <see cref="MapTable"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct MapHeader
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 64;

    /// <summary>"KTNMAPS1": name and version of the layout. Written last.</summary>
    public const ulong ExpectedMagic = 0x31_53_50_41_4d_4e_54_4b;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    [FieldOffset(0)] public ulong Magic;

    /// <summary>Entries in use: while it is 0 nobody needs to look further.</summary>
    [FieldOffset(8)] public int Count;

    /// <summary>Grows whenever a daemon has done with a file: a futex(2) that others wait on.</summary>
    [FieldOffset(12)] public uint Epoch;

    /// <summary>Entries for which a guest may have scratch memory.</summary>
    [FieldOffset(16)] public int Scratched;
}
