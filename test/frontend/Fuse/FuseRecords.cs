using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>What the daemon answered to INIT (struct fuse_init_out).</summary>
public sealed record FuseInit(
    uint Major, uint Minor, uint MaxReadahead, InitFlags Flags, ushort MaxBackground, ushort CongestionThreshold,
    uint MaxWrite, uint TimeGran, ushort MaxPages, ushort MapAlignment)
{
    internal static FuseInit Read(ref WireReader reader)
    {
        var (major, minor, readahead, low) = (reader.U32(), reader.U32(), reader.U32(), reader.U32());
        var (background, congestion) = (reader.U16(), reader.U16());
        var (maxWrite, gran) = (reader.U32(), reader.U32());
        var (pages, alignment) = (reader.U16(), reader.U16());
        var high = reader.U32();
        var flags = (InitFlags)(low | ((low & (uint)InitFlags.InitExt) != 0 ? (ulong)high << 32 : 0));
        return new FuseInit(major, minor, readahead, flags, background, congestion, maxWrite, gran, pages, alignment);
    }
}

/// <summary>An opened file or folder (struct fuse_open_out).</summary>
/// <param name="Fh">Handle for the calls that follow.</param>
/// <param name="Flags">FOPEN_ bits.</param>
public sealed record FuseOpen(ulong Fh, uint Flags)
{
    internal static FuseOpen Read(ref WireReader reader)
    {
        var open = new FuseOpen(reader.U64(), reader.U32());
        _ = reader.U32();
        return open;
    }
}

/// <summary>A file that was made and opened (struct fuse_entry_out, struct fuse_open_out).</summary>
public sealed record FuseCreated(FuseEntry Entry, FuseOpen Open);

/// <summary>One name of a folder (struct fuse_dirent).</summary>
/// <param name="Ino">Inode number.</param>
/// <param name="Offset">Where to go on behind it.</param>
/// <param name="Type">DT_ value.</param>
/// <param name="Name">The name.</param>
/// <param name="Entry">With READDIRPLUS: what LOOKUP would have said; nodeid 0 when nothing was looked up.</param>
public sealed record FuseDirEntry(ulong Ino, ulong Offset, uint Type, string Name, FuseEntry? Entry);

/// <summary>Figures of a file system (struct fuse_kstatfs).</summary>
public sealed record FuseStatFs(
    ulong Blocks, ulong BlocksFree, ulong BlocksAvailable, ulong Files, ulong FilesFree, uint BlockSize, uint NameLength, uint FragmentSize)
{
    internal static FuseStatFs Read(ref WireReader reader)
    {
        var result = new FuseStatFs(
            reader.U64(), reader.U64(), reader.U64(), reader.U64(), reader.U64(), reader.U32(), reader.U32(), reader.U32());
        _ = reader.Bytes(28);
        return result;
    }
}

/// <summary>What SETATTR changes; <see cref="Valid"/> says which fields count.</summary>
public sealed record FuseSetAttr(SetAttrValid Valid)
{
    public ulong Fh { get; init; }

    public ulong Size { get; init; }

    public (ulong Seconds, uint Nanoseconds) Atime { get; init; }

    public (ulong Seconds, uint Nanoseconds) Mtime { get; init; }

    public (ulong Seconds, uint Nanoseconds) Ctime { get; init; }

    public uint Mode { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>The request's arguments (struct fuse_setattr_in, 88 bytes).</summary>
    public byte[] ToBytes() => new WireWriter()
        .U32((uint)Valid).U32(0).U64(Fh).U64(Size).U64(0)
        .U64(Atime.Seconds).U64(Mtime.Seconds).U64(Ctime.Seconds)
        .U32(Atime.Nanoseconds).U32(Mtime.Nanoseconds).U32(Ctime.Nanoseconds)
        .U32(Mode).U32(0).U32(Uid).U32(Gid).U32(0)
        .ToArray();
}
