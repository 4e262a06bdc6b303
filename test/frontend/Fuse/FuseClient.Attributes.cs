using System;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>Calls on attributes and extended attributes.</summary>
public sealed partial record FuseClient
{
    /// <summary>Attributes of a node, or of an open file of it.</summary>
    public FuseResult<FuseAttrOut> GetAttr(ulong node, ulong? fh = null) => Call(
        FuseOpcode.GetAttr, node, new WireWriter().U32(fh is null ? 0 : FuseValues.GetAttrFh).U32(0).U64(fh ?? 0).ToArray(), 104, FuseAttrOut.Read);

    /// <summary>Changes attributes.</summary>
    public FuseResult<FuseAttrOut> SetAttr(ulong node, FuseSetAttr change) =>
        Call(FuseOpcode.SetAttr, node, change.ToBytes(), 104, FuseAttrOut.Read);

    /// <summary>Sets an extended attribute; the form of the arguments follows what INIT settled (SETXATTR_EXT).</summary>
    public Errno SetXattr(ulong node, string name, ReadOnlySpan<byte> value, uint flags = 0, uint extendedFlags = 0)
    {
        var arguments = new WireWriter().U32((uint)value.Length).U32(flags);
        if (Session.Init!.Flags.HasFlag(InitFlags.SetXattrExt))
            arguments.U32(extendedFlags).U32(0);
        return CallForNothing(FuseOpcode.SetXattr, node, arguments.Name(name).Bytes(value).ToArray());
    }

    /// <summary>Reads an extended attribute into room for <paramref name="size"/> bytes.</summary>
    public FuseResult<byte[]> GetXattr(ulong node, string name, uint size) =>
        ForBytes(Call(FuseOpcode.GetXattr, node, new WireWriter().U32(size).U32(0).Name(name).ToArray(), (int)size), nameof(GetXattr));

    /// <summary>Size of an extended attribute.</summary>
    public FuseResult<uint> GetXattrSize(ulong node, string name) =>
        Call(FuseOpcode.GetXattr, node, new WireWriter().U32(0).U32(0).Name(name).ToArray(), 8, ReadSize);

    /// <summary>Names of extended attributes.</summary>
    public FuseResult<string[]> ListXattr(ulong node, uint size)
    {
        var reply = Call(FuseOpcode.ListXattr, node, new WireWriter().U32(size).U32(0).ToArray(), (int)size);
        var names = Encoding.UTF8.GetString(reply.Data).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        return new FuseResult<string[]>(reply.Errno, names, nameof(ListXattr));
    }

    /// <summary>Bytes that the names of extended attributes need.</summary>
    public FuseResult<uint> ListXattrSize(ulong node) =>
        Call(FuseOpcode.ListXattr, node, new WireWriter().U32(0).U32(0).ToArray(), 8, ReadSize);

    /// <summary>Removes an extended attribute.</summary>
    public Errno RemoveXattr(ulong node, string name) =>
        CallForNothing(FuseOpcode.RemoveXattr, node, new WireWriter().Name(name).ToArray());

    private static uint ReadSize(ref WireReader reader)
    {
        var size = reader.U32();
        _ = reader.U32();
        return size;
    }

    private static FuseResult<byte[]> ForBytes(FuseReply reply, string call) => new(reply.Errno, reply.Data, call);
}
