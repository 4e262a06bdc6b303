using System;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>Attributes of a file (struct fuse_attr, 88 bytes).</summary>
public sealed record FuseAttr
{
    public required ulong Ino { get; init; }

    public required ulong Size { get; init; }

    public required ulong Blocks { get; init; }

    public required DateTimeOffset Atime { get; init; }

    public required DateTimeOffset Mtime { get; init; }

    public required DateTimeOffset Ctime { get; init; }

    public required uint Mode { get; init; }

    public required uint Nlink { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required uint Rdev { get; init; }

    public required uint BlockSize { get; init; }

    public required AttrFlags Flags { get; init; }

    /// <summary>Nanoseconds of the three times, which a DateTimeOffset cannot hold.</summary>
    public required (uint Atime, uint Mtime, uint Ctime) Nanoseconds { get; init; }

    internal static FuseAttr Read(ref WireReader reader)
    {
        var ino = reader.U64();
        var size = reader.U64();
        var blocks = reader.U64();
        var (a, m, c) = ((long)reader.U64(), (long)reader.U64(), (long)reader.U64());
        var (an, mn, cn) = (reader.U32(), reader.U32(), reader.U32());
        return new FuseAttr
        {
            Ino = ino,
            Size = size,
            Blocks = blocks,
            Atime = Time(a, an),
            Mtime = Time(m, mn),
            Ctime = Time(c, cn),
            Nanoseconds = (an, mn, cn),
            Mode = reader.U32(),
            Nlink = reader.U32(),
            Uid = reader.U32(),
            Gid = reader.U32(),
            Rdev = reader.U32(),
            BlockSize = reader.U32(),
            Flags = (AttrFlags)reader.U32(),
        };
    }

    private static DateTimeOffset Time(long seconds, uint nanoseconds) => nanoseconds > 999_999_999
        ? throw new FrontEndException($"a time has {nanoseconds} nanoseconds")
        : DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, -62_135_596_800, 253_402_300_799)).AddTicks(seconds < 253_402_300_799 ? nanoseconds / 100 : 0);
}

/// <summary>Attributes and for how long they hold (struct fuse_attr_out).</summary>
/// <param name="Attr">The attributes.</param>
/// <param name="Valid">How long the guest may keep them.</param>
public sealed record FuseAttrOut(FuseAttr Attr, TimeSpan Valid)
{
    internal static FuseAttrOut Read(ref WireReader reader)
    {
        var seconds = reader.U64();
        var nanoseconds = reader.U32();
        _ = reader.U32();
        return new FuseAttrOut(FuseAttr.Read(ref reader), FuseEntry.Span(seconds, nanoseconds));
    }
}

/// <summary>A name that was looked up or made (struct fuse_entry_out).</summary>
/// <param name="NodeId">The node; 0 says that the name does not exist, and for how long.</param>
/// <param name="Generation">Tells uses of one nodeid apart.</param>
/// <param name="EntryValid">How long the name holds.</param>
/// <param name="AttrValid">How long the attributes hold.</param>
/// <param name="Attr">The attributes.</param>
public sealed record FuseEntry(ulong NodeId, ulong Generation, TimeSpan EntryValid, TimeSpan AttrValid, FuseAttr Attr)
{
    internal static FuseEntry Read(ref WireReader reader)
    {
        var nodeId = reader.U64();
        var generation = reader.U64();
        var (entry, attr) = (reader.U64(), reader.U64());
        var (entryNsec, attrNsec) = (reader.U32(), reader.U32());
        return new FuseEntry(nodeId, generation, Span(entry, entryNsec), Span(attr, attrNsec), FuseAttr.Read(ref reader));
    }

    internal static TimeSpan Span(ulong seconds, uint nanoseconds) => seconds > 1UL << 38
        ? TimeSpan.MaxValue
        : TimeSpan.FromSeconds(seconds) + TimeSpan.FromTicks(nanoseconds / 100);
}
