using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using KataShimNet.Hostile.Guests;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Rings;
using KataShimNet.VhostFrontEnd.Wire;
using static KataShimNet.VhostFrontEnd.Fuse.FuseOpcode;

namespace KataShimNet.Hostile.Cases;

/// <summary>
/// Memory that another processor of the guest changes while the daemon reads it (double fetch): what was checked must be what is used.
/// Each case sends one request many times while a second thread flips a part of it between a good and a bad value.
/// </summary>
internal static class FlipCases
{
    private const int Rounds = 1000;
    private const uint Room = 4096;

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() =>
    [
        .. Headers(),
        .. Names(),
        .. Sizes(),
        .. Descriptors(),
    ];

    private static IEnumerable<HostileCase> Headers()
    {
        yield return Field("the length of the header", LookupOf("file"), 0, 4, 45, uint.MaxValue);
        yield return Field("the operation: LOOKUP and READLINK", LookupOf("file"), 4, 4, (ulong)Lookup, (ulong)Readlink);
        yield return Field("the operation: LOOKUP and FORGET", LookupOf("file"), 4, 4, (ulong)Lookup, (ulong)FuseOpcode.Forget);
        yield return Field("the operation: GETATTR and unknown", GetAttrOf, 4, 4, (ulong)GetAttr, uint.MaxValue);
        yield return Field("the node", GetAttrOf, 16, 8, null, ulong.MaxValue);
        yield return Field("the extensions", LookupOf("file"), 36, 2, 0, ushort.MaxValue);
        yield return Field("the owner of what is made", g => g.Fuse.Request(Mkdir, g.Root, new WireWriter().U32(0x1ED).U32(0).Name("empty").ToArray()), 24, 4, 0, uint.MaxValue);
    }

    // Four bytes of a name, so that it is good or bad with one write: "abcd" and "../o", "a/cd".
    private static IEnumerable<HostileCase> Names()
    {
        foreach (var (name, good, bad) in new[] { ("a way upwards", "abcd", "../o"), ("a slash", "abcd", "a/cd"), ("a dot", "..aa", "..\0a"), ("an end", "abcd", "\0bcd") })
        {
            var (first, second) = (Number(good), Number(bad));
            yield return Field($"a name of LOOKUP: {name}", g => g.Fuse.Request(Lookup, g.Folder, new WireWriter().Name(good + "utside").ToArray()), 40, 4, first, second);
            yield return Field($"a name of MKDIR: {name}", g => g.Fuse.Request(Mkdir, g.Folder, new WireWriter().U32(0x1ED).U32(0).Name(good + "x").ToArray()), 48, 4, first, second);
            yield return Field($"a name of CREATE: {name}", g => g.Fuse.Request(Create, g.Folder, new WireWriter().U32(2).U32(0x81A4).Zeros(8).Name(good + "y").ToArray()), 56, 4, first, second);
            yield return Field($"a name of UNLINK: {name}", g => g.Fuse.Request(Unlink, g.Folder, new WireWriter().Name(good + "utside").ToArray()), 40, 4, first, second);
            yield return Field($"the second name of RENAME: {name}", g => g.Fuse.Request(Rename, g.Folder, new WireWriter().U64(g.Folder).Name("inner").Name(good + "z").ToArray()), 54, 4, first, second);
            yield return Field($"a name of LINK: {name}", g => g.Fuse.Request(FuseOpcode.Link, g.Folder, new WireWriter().U64(g.File).Name(good + "l").ToArray()), 48, 4, first, second);
        }
    }

    private static IEnumerable<HostileCase> Sizes()
    {
        yield return Field("the size of WRITE", g => g.Fuse.Request(Write, g.File, GoodRequests.Transfer(g.FileHandle, 0, 8).Bytes("contents"u8).ToArray()), 56, 4, 8, uint.MaxValue);
        yield return Field("the offset of WRITE", g => g.Fuse.Request(Write, g.File, GoodRequests.Transfer(g.FileHandle, 0, 1).Bytes("c"u8).ToArray()), 48, 8, 0, ulong.MaxValue);
        yield return Field("the handle of WRITE", g => g.Fuse.Request(Write, g.File, GoodRequests.Transfer(g.FileHandle, 0, 1).Bytes("c"u8).ToArray()), 40, 8, null, ulong.MaxValue);
        yield return Field("the size of READ", g => g.Fuse.Request(Read, g.File, GoodRequests.Transfer(g.FileHandle, 0, 7).ToArray()), 56, 4, 7, uint.MaxValue);
        yield return Field("the size of READDIRPLUS", g => g.Fuse.Request(ReadDirPlus, g.Folder, GoodRequests.Transfer(g.FolderHandle, 0, 1000).ToArray()), 56, 4, 1000, uint.MaxValue);
        yield return Field("the size of SETXATTR", g => g.Fuse.Request(SetXattr, g.File, GoodRequests.XattrHead(g).Name("user.b").U8(1).ToArray()), 40, 4, 1, uint.MaxValue);
        yield return Field("the size of GETXATTR", g => g.Fuse.Request(GetXattr, g.File, new WireWriter().U32(100).U32(0).Name("user.a").ToArray()), 40, 4, 100, uint.MaxValue);
        yield return Field("the count of BATCH_FORGET", g => g.Fuse.Request(BatchForget, 0, new WireWriter().U32(1).U32(0).U64(12345).U64(1).ToArray()), 40, 4, 1, uint.MaxValue);
    }

    private static IEnumerable<HostileCase> Descriptors()
    {
        foreach (var (name, at, size, bad) in new[]
        {
            ("the address", 0, 8, ulong.MaxValue - 8), ("the length", 8, 4, uint.MaxValue), ("the flags", 12, 2, 7UL), ("the next one", 14, 2, 0xFFFFUL),
        })
        {
            foreach (var which in new[] { 0, 1 })
            {
                yield return new("flips", $"{name} of the {(which == 0 ? "request's" : "reply's")} descriptor", g => Descriptor(g, which, at, size, bad, indirect: false));
                yield return new("flips", $"{name} of the {(which == 0 ? "request's" : "reply's")} descriptor in an indirect table", g => Descriptor(g, which, at, size, bad, indirect: true));
            }
        }
    }

    private static HostileCase Field(string name, Func<Guest, byte[]> build, int at, int size, ulong? good, ulong bad) => new("flips", name, g =>
    {
        var request = build(g);
        var memory = ChainCases.Place(g);
        request.CopyTo(g.Device.Memory.Span(memory, request.Length));
        var original = good ?? BitConverter.ToUInt64(request, at);
        Segment[] segments = [new(memory, (uint)request.Length, false), new(memory + 4096, Room, true)];
        While(g, memory + (ulong)at, size, original, bad, () =>
        {
            var pending = g.Queue.Submit(segments);
            if (!g.Queue.TryWait(pending, g.Device.Options.Timeout))
                throw new TimeoutException($"{name}: not used");
            var reply = g.Device.Memory.Span(memory + 4096, (int)Room);
            Guest.Expect(pending.Written <= Room, $"{pending.Written} bytes are said to be written into {Room}");
            _ = Guest.Check(new RawReply(pending.Written, reply.ToArray()), null, name);
        });
        g.Device.Memory.Free(memory);
    })
    { Changes = true };

    private static void Descriptor(Guest g, int which, int at, int size, ulong bad, bool indirect)
    {
        var memory = ChainCases.Place(g);
        var d = g.Queue.Reserve(3);
        var table = indirect ? memory + 1024 : g.Queue.Ring.Table + (ulong)(d[0] * 16);
        var good = new Descriptor[] { new(memory, 56, DescriptorFlags.Next, indirect ? (ushort)1 : d[1]), new(memory + 4096, Room, DescriptorFlags.Write, 0) };
        if (indirect)
        {
            VringLayout.Encode(g.Device.Memory.Span(table, 32), good[0]);
            VringLayout.Encode(g.Device.Memory.Span(table + 16, 32), good[1]);
            g.Queue.Ring.SetDescriptor(d[0], new(table, 32, DescriptorFlags.Indirect, 0));
        }
        else
        {
            g.Queue.Ring.SetDescriptor(d[0], good[0]);
            g.Queue.Ring.SetDescriptor(d[1], good[1]);
        }

        var target = indirect ? table + (ulong)(which * 16) : g.Queue.Ring.Table + (ulong)(d[which] * 16);
        var original = Number(g.Device.Memory.Span(target + (ulong)at, size));
        While(g, target + (ulong)at, size, original, bad, () =>
        {
            var written = ChainCases.ExpectUsed(g, d[0], "flipped descriptors");
            Guest.Expect(written <= Room, $"{written} bytes are said to be written");
        });
        g.Device.RestartQueue(g.Queue);
        g.Device.Memory.Free(memory);
    }

    // Flips on a thread of its own until all rounds are done; what was good is left there.
    private static void While(Guest g, ulong address, int size, ulong good, ulong bad, Action round)
    {
        var ended = false;
        var flipper = new Thread(() =>
        {
            while (!Volatile.Read(ref ended))
            {
                Put(g, address, size, bad);
                Put(g, address, size, good);
            }
        });
        flipper.Start();
        try
        {
            for (var i = 0; i < Rounds; i++)
                round();
        }
        finally
        {
            Volatile.Write(ref ended, true);
            flipper.Join();
        }
    }

    private static unsafe void Put(Guest g, ulong address, int size, ulong value)
    {
        var place = g.Device.Memory.Pointer(address, (ulong)size);
        // One write for all of it, as far as the processor does that.
        switch (size)
        {
            case 2:
                Volatile.Write(ref *(ushort*)place, (ushort)value);
                break;
            case 4:
                Volatile.Write(ref *(uint*)place, (uint)value);
                break;
            default:
                Volatile.Write(ref *(ulong*)place, value);
                break;
        }
    }

    private static Func<Guest, byte[]> LookupOf(string name) => g => g.Fuse.Request(Lookup, g.Root, new WireWriter().Name(name).ToArray());

    private static byte[] GetAttrOf(Guest g) => g.Fuse.Request(GetAttr, g.Root, new byte[16]);

    private static ulong Number(string four) => BitConverter.ToUInt32([.. four.Select(c => (byte)c)]);

    private static ulong Number(ReadOnlySpan<byte> bytes)
    {
        Span<byte> eight = stackalloc byte[8];
        eight.Clear();
        bytes.CopyTo(eight);
        return BitConverter.ToUInt64(eight);
    }
}
