using System;
using System.Runtime.InteropServices;
using System.Text;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;

namespace KataShimNet.Fuzz.Targets;

/// <summary>Good requests, for what an input finds and for seeds.</summary>
internal static class FuseRequests
{
    /// <summary>A request with a true header.</summary>
    public static byte[] Make(Opcode opcode, ulong node, params ReadOnlySpan<byte> arguments)
    {
        var header = new InHeader { Length = (uint)(InHeader.Size + arguments.Length), Opcode = (uint)opcode, Unique = 2, NodeId = node };
        return [.. Bytes(header), .. arguments];
    }

    /// <summary>INIT with all flags that Linux knows.</summary>
    public static byte[] Init() => Make(Opcode.Init, 0, Bytes(new InitIn { Major = 7, Minor = 45, MaxReadahead = 131072, Flags = uint.MaxValue, Flags2 = uint.MaxValue }));

    /// <summary>LOOKUP.</summary>
    public static byte[] Lookup(ulong parent, string name) => Make(Opcode.Lookup, parent, Name(name));

    /// <summary>OPEN and OPENDIR.</summary>
    public static byte[] Open(ulong node, Opcode opcode, int flags) => Make(opcode, node, Bytes(new OpenIn { Flags = (uint)flags }));

    /// <summary>The bytes of a structure.</summary>
    public static byte[] Bytes<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    /// <summary>A name and its zero.</summary>
    public static byte[] Name(string name) => [.. Encoding.UTF8.GetBytes(name), 0];
}
