using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Hostile.Guests;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Wire;
using static KataShimNet.VhostFrontEnd.Fuse.FuseOpcode;

namespace KataShimNet.Hostile.Cases;

/// <summary>Extensions behind the arguments of what makes inodes (security contexts, groups) whose lengths and numbers cannot be, and odd IOCTLs.</summary>
internal static class ExtensionCases
{
    private const uint Groups = 32;
    private const int LengthAt = 36;

    private static readonly FuseOpcode[] s_making = [Create, Mkdir, Mknod, Symlink, TmpFile];

    // A context for the attribute that user space may set anyway, so that only its form is at stake.
    private static readonly byte[] s_goodContext = Context(size: null, count: 1, valueSize: 1, "user.c\0"u8, "v"u8);

    // Each is wrong in one thing; none may make the request succeed with half of it.
    private static readonly Dictionary<string, byte[]> s_bad = new()
    {
        ["an extension of no length"] = Context(size: 0, count: 1, valueSize: 1, "user.c\0"u8, "v"u8),
        ["an extension shorter than its header"] = Context(size: 7, count: 1, valueSize: 1, "user.c\0"u8, "v"u8),
        ["an extension longer than the request"] = Context(size: 4096, count: 1, valueSize: 1, "user.c\0"u8, "v"u8),
        ["an extension of 2^32 - 1 bytes"] = Context(size: uint.MaxValue, count: 1, valueSize: 1, "user.c\0"u8, "v"u8),
        ["a value longer than its extension"] = Context(size: null, count: 1, valueSize: 100, "user.c\0"u8, "v"u8),
        ["a value of 2^32 - 1 bytes"] = Context(size: null, count: 1, valueSize: uint.MaxValue, "user.c\0"u8, "v"u8),
        ["a value of 64 KiB and one byte that is not there"] = Context(size: null, count: 1, valueSize: 65537, "user.c\0"u8, "v"u8),
        ["a name without an end"] = Context(size: null, count: 1, valueSize: 0, "user.ccccccccccc"u8, default),
        ["an empty name"] = Context(size: null, count: 1, valueSize: 1, "\0"u8, "v"u8),
        ["a name of 300 bytes"] = Context(size: null, count: 1, valueSize: 1, new string('n', 300).Select(c => (byte)c).Append((byte)0).ToArray(), "v"u8),
        ["a header and no context"] = Padded(new WireWriter().U32(8).U32(1).ToArray()),
    };

    // Taken or left: no harm either way.
    private static readonly Dictionary<string, byte[]> s_odd = new()
    {
        ["31 contexts of which there is one"] = Context(size: null, count: 31, valueSize: 1, "user.c\0"u8, "v"u8),
        ["an unknown kind"] = Padded(new WireWriter().U32(16).U32(77).U64(0).ToArray()),
        ["no groups"] = Padded(new WireWriter().U32(16).U32(Groups).U64(0).ToArray()),
        ["2^32 - 1 groups"] = Padded(new WireWriter().U32(16).U32(Groups).U32(uint.MaxValue).U32(5).ToArray()),
        ["a thousand groups"] = Padded(new WireWriter().U32(4012).U32(Groups).U32(1000).Zeros(4000).ToArray()),
    };

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() =>
    [
        .. from opcode in s_making select Labelled($"{opcode} with a context that is right", g => Succeeds(opcode, Send(g, opcode, s_goodContext))),
        .. from opcode in s_making from bad in s_bad select Labelled($"{opcode} with {bad.Key}", g =>
            Send(g, opcode, bad.Value).Fails(Errno.EINVAL, Errno.ERANGE)),
        .. from opcode in s_making from odd in s_odd select Labelled($"{opcode} with {odd.Key}", g => Send(g, opcode, odd.Value).SucceedsOrFails(Errno.EINVAL, Errno.EPERM)),
        .. from opcode in s_making from length in new ushort[] { 1, 5, 0x7FFF, 0xFFFF } select Case($"{opcode} that claims {length * 8} bytes of extensions", g =>
            Send(g, opcode, [], length).Fails(Errno.EINVAL)),
        .. from size in new uint[] { 0, 3, 33, 4096, uint.MaxValue } select Case($"IOCTL of flags into {size} bytes", g =>
            g.Send(Ioctl, g.File, Flags(g, 0x80086601, 0, size)).Fails(Errno.EINVAL)),
        .. from size in new uint[] { 1, 4, 4096, uint.MaxValue } select Case($"IOCTL with {size} bytes that are not there", g =>
            g.Send(Ioctl, g.File, Flags(g, 0x40086602, size, 0)).Fails(Errno.EINVAL)),
        .. from command in new uint[] { 0, 0x5401, 0xC0185879, 0x40049409, 0x8008_6603, uint.MaxValue } select Case($"IOCTL 0x{command:x}", g =>
            g.Send(Ioctl, g.File, Flags(g, command, 0, 8)).Fails(Errno.ENOTTY)),
    ];

    private static HostileCase Case(string name, Action<Guest> attack) => new("extensions", name, attack) { Changes = true, OursOnly = true };

    private static HostileCase Labelled(string name, Action<Guest> attack) => Case(name, attack) with { Alone = ["--security-label", "--xattr"] };

    // A link has no attributes of users; all that is asked is that the context was understood.
    private static Answer Succeeds(FuseOpcode opcode, Answer answer) => opcode == Symlink ? answer.Fails(Errno.EPERM) : answer.Succeeds();

    private static byte[] Flags(Guest g, uint command, uint gives, uint takes) =>
        new WireWriter().U64(g.FileHandle).U32(0).U32(command).U64(0).U32(gives).U32(takes).ToArray();

    private static Answer Send(Guest g, FuseOpcode opcode, byte[] extensions, ushort? claimed = null)
    {
        var good = GoodRequests.All.First(request => request.Opcode == opcode);
        // Linux names a file without a name too.
        byte[] arguments = opcode == TmpFile ? [.. good.Arguments(g), (byte)'t', 0] : good.Arguments(g);
        byte[] request = [.. g.Fuse.Request(opcode, good.Node(g), arguments), .. extensions];
        BinaryPrimitives.WriteUInt32LittleEndian(request, (uint)request.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(LengthAt), claimed ?? (ushort)(extensions.Length / 8));
        return g.SendBytes(request, good.Room, $"{opcode}");
    }

    // struct fuse_secctx_header, then one struct fuse_secctx with its name and value.
    private static byte[] Context(uint? size, uint count, uint valueSize, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var body = new WireWriter().U32(valueSize).U32(0).Bytes(name).Bytes(value).ToArray();
        return Padded(new WireWriter().U32(size ?? (uint)(8 + body.Length + 7) / 8 * 8).U32(count).Bytes(body).ToArray());
    }

    // The header counts extensions in units of eight bytes.
    private static byte[] Padded(byte[] bytes) => [.. bytes, .. new byte[(8 - bytes.Length % 8) % 8]];
}
