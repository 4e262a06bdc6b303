using System.Linq;
using System.Text;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;
using static KataShimNet.UnitTests.Fsd.FuseSession;

namespace KataShimNet.UnitTests.Fsd;

public class FuseInitTests
{
    // What each minor brought, as bits of INIT that a kernel of that minor can offer.
    private const ulong Upto27 = 0x3fffff;
    private const ulong Upto31 = 0x7ffffff;

    [Theory]
    [InlineData(27u, Upto27, 0)]
    [InlineData(31u, Upto31, 1020)]
    [InlineData(38u, 0x7_7fff_fffful, 1020)]
    [InlineData(45u, ulong.MaxValue, 1020)]
    [InlineData(99u, ulong.MaxValue, 1020)]
    public void A_guest_of_any_minor_gets_what_it_knows(uint minor, ulong offered, int pages) => RunShared(session =>
    {
        var reply = Ok(session.Init(minor, offered)).As<InitOut>();

        var flags = reply.Flags | ((ulong)reply.Flags2 << 32);
        Assert.Equal(System.Math.Min(minor, 45), reply.Minor);
        Assert.Equal(pages, reply.MaxPages);
        Assert.Equal(1020u * 4096, reply.MaxWrite);
        Assert.Equal(0ul, flags & ~offered);
        Assert.Equal((0, (ushort)0, 0u), (reply.MapAlignment, reply.RequestTimeout, reply.MaxStackDepth));
        Assert.Equal(flags, session.Server.Session.Flags);
    });

    [Fact]
    public void What_was_not_asked_for_is_left_out() => RunShared(session =>
    {
        var reply = Ok(session.Init()).As<InitOut>();

        var flags = reply.Flags | ((ulong)reply.Flags2 << 32);
        var taken = Enumerable.Range(0, 64).Where(bit => (flags & (1ul << bit)) != 0);
        Assert.Equal([0, 1, 3, 5, 6, 10, 12, 13, 14, 15, 18, 20, 22, 23, 27, 28, 29, 30, 34, 36], taken);
    });

    [Fact]
    public void An_option_that_the_guest_cannot_serve_refuses_the_session() => RunShared(session =>
    {
        var options = ServingOptions.ForExports with { PosixAcl = Negotiation.Always };
        session.With(new FuseServer(Open(session.Folder), options), strict =>
        {
            Assert.Equal(Errno.EPROTO, strict.Init(flags: ~InitFlag.PosixAcl).Error);
            Ok(strict.Init());
        });
    });

    [Fact]
    public void A_guest_that_collects_writes_may_read_what_it_opened_for_writing() => RunShared(session =>
    {
        var options = ServingOptions.ForExports with { Writeback = true };
        session.With(new FuseServer(Open(session.Folder), options), writer =>
        {
            Assert.NotEqual(0u, Ok(writer.Init()).As<InitOut>().Flags & (uint)InitFlag.WritebackCache);
            var file = writer.Create(1, "f", Fcntl.O_WRONLY | Fcntl.O_APPEND);
            Ok(writer.Write(file.Entry.NodeId, file.Open.Handle, 0, "abcdef"u8.ToArray()));
            // Not at the end, though opened with O_APPEND: the guest says where.
            Ok(writer.Write(file.Entry.NodeId, file.Open.Handle, 1, "X"u8.ToArray()));
            Assert.Equal("aXcdef"u8.ToArray(), Ok(writer.Read(file.Entry.NodeId, file.Open.Handle, 0, 10)).Payload);
        });
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_security_context_is_set_on_what_is_made(bool sized) => RunLabelled(session =>
    {
        byte[] context = [.. Bytes(new ExtensionHeader { Length = 48, Type = 1 }), .. Bytes(new SecurityContextHeader { ValueLength = 9 }), .. Padded("user.label\0system_u\0", 32)];
        byte[] groups = [.. Bytes(new ExtensionHeader { Length = 16, Type = 32 }), .. Bytes(1u), .. Bytes(0u)];
        byte[] extensions = sized ? [.. groups, .. context] : context;
        foreach (var (opcode, arguments, name) in new (Opcode, byte[], string)[]
        {
            (Opcode.Create, [.. Bytes(new CreateIn { Flags = Fcntl.O_RDWR, Mode = 0x1a4 }), .. Name("file")], "file"),
            (Opcode.Mkdir, [.. Bytes(new MkdirIn { Mode = 0x1ed }), .. Name("folder")], "folder"),
            (Opcode.Mknod, [.. Bytes(new MknodIn { Mode = 0x81a4 }), .. Name("node")], "node"),
        })
        {
            Ok(Extended(session, opcode, arguments, extensions, sized));
            Assert.Equal("system_u\0", Label(session, name));
        }

        // Symbolic links have no attributes of users: the context cannot be set, and no link stays.
        Assert.Equal(Errno.EPERM, Extended(session, Opcode.Symlink, [.. Name("link"), .. Name("x")], extensions, sized).Error);
        Assert.Equal(Errno.ENOENT, session.Call(Opcode.Lookup, 1, Name("link")).Error);
    });

    [Fact]
    public void Malformed_extensions_are_refused_before_anything_is_made() => RunLabelled(session =>
    {
        byte[] value = Padded("user.label\0system_u\0", 32);
        foreach (var extension in new byte[][]
        {
            [.. Bytes(new ExtensionHeader { Length = 7, Type = 1 }), .. value],
            [.. Bytes(new ExtensionHeader { Length = 64, Type = 1 }), .. value],
            [.. Bytes(new ExtensionHeader { Length = 8, Type = 1 })],
            [.. Bytes(new ExtensionHeader { Length = 48, Type = 1 }), .. Bytes(new SecurityContextHeader { ValueLength = 100 }), .. value],
            [.. Bytes(new ExtensionHeader { Length = 48, Type = 1 }), .. Bytes(new SecurityContextHeader { ValueLength = uint.MaxValue }), .. value],
            [.. Bytes(new ExtensionHeader { Length = 24, Type = 31 }), .. Bytes(default(SecurityContextHeader)), .. Encoding.ASCII.GetBytes("noending")],
        })
        {
            byte[] arguments = [.. Bytes(new MkdirIn { Mode = 0x1ed }), .. Name("d")];
            Assert.Equal(Errno.EINVAL, Extended(session, Opcode.Mkdir, arguments, extension, sized: true).Error);
        }

        Assert.Equal(Errno.ENOENT, session.Call(Opcode.Lookup, 1, Name("d")).Error);
    });

    private static void RunLabelled(System.Action<FuseSession> test) => RunShared(session =>
    {
        var options = ServingOptions.ForExports with { SecurityLabel = Negotiation.Always };
        session.With(new FuseServer(Open(session.Folder), options), labelled =>
        {
            Ok(labelled.Init());
            test(labelled);
        });
    });

    private static FuseReply Extended(FuseSession session, Opcode opcode, byte[] arguments, byte[] extensions, bool sized)
    {
        var header = new InHeader
        {
            Length = (uint)(InHeader.Size + arguments.Length + extensions.Length),
            Opcode = (uint)opcode,
            NodeId = 1,
            ExtensionLength = (ushort)(sized ? extensions.Length / 8 : 0),
        };
        return session.Send([.. Bytes(header), .. arguments, .. extensions]);
    }

    private static string Label(FuseSession session, string name)
    {
        var node = session.Lookup(1, name).NodeId;
        return Encoding.ASCII.GetString(Ok(session.Call(Opcode.Getxattr, node, [.. Bytes(new GetxattrIn { Count = 100 }), .. Name("user.label")])).Payload);
    }

    private static byte[] Padded(string text, int length)
    {
        var bytes = new byte[length];
        Encoding.ASCII.GetBytes(text, bytes);
        return bytes;
    }
}
