using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Hostile.Guests;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Wire;
using static KataShimNet.VhostFrontEnd.Fuse.FuseOpcode;

namespace KataShimNet.Hostile.Cases;

/// <summary>INIT and DESTROY at wrong times and in wrong forms; references that are given back too often.</summary>
internal static class SessionCases
{
    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() => [.. Inits(), .. Middle(), .. Forgets()];

    private static IEnumerable<HostileCase> Inits()
    {
        foreach (var length in new[] { 0, 1, 4, 7, 8, 12, 15 })
            yield return new("sessions", $"INIT of {length} bytes", g => g.Send(Init, 0, new byte[length]).Fails(Errno.EINVAL, Errno.EPROTO));
        foreach (var (major, minor) in new (uint, uint)[] { (0, 0), (6, 45), (7, 0), (7, 26) })
            yield return new("sessions", $"INIT of version {major}.{minor}", g => g.Send(Init, 0, InitArguments(major, minor, 0)).Fails(Errno.EPROTO, Errno.EINVAL));
        foreach (var (major, minor) in new (uint, uint)[] { (8, 0), (uint.MaxValue, uint.MaxValue), (7, 46), (7, uint.MaxValue), (7, 27) })
        {
            yield return new("sessions", $"INIT of version {major}.{minor}", g =>
                Guest.Expect(BitConverter.ToUInt32(g.Send(Init, 0, InitArguments(major, minor, 0)).Succeeds().Data) == 7, "the answer's major is not 7"));
        }

        yield return new("sessions", "INIT with all flags", g =>
        {
            var answer = g.Send(Init, 0, InitArguments(7, 45, ulong.MaxValue)).Succeeds();
            Guest.Expect((BitConverter.ToUInt32(answer.Data, 12) & (1 << 4)) == 0 || !g.Target.IsOurs, "EXPORT_SUPPORT was taken: it allows lookups of ..");
        });
        yield return new("sessions", "INIT with a readahead of 2^32 - 1", g =>
        {
            var arguments = InitArguments(7, 45, 0);
            BitConverter.TryWriteBytes(arguments.AsSpan(8), uint.MaxValue);
            g.Send(Init, 0, arguments).Succeeds();
        });
        yield return new("sessions", "INIT of 4,000 bytes", g => g.Send(Init, 0, [.. InitArguments(7, 45, 0), .. new byte[3936]]).SucceedsOrFails(Errno.EINVAL));
        yield return new("sessions", "a hundred INITs", g =>
        {
            for (var i = 0; i < 100; i++)
                g.Send(Init, 0, InitArguments(7, 45, 0)).Succeeds();
        });
        yield return new("sessions", "DESTROY twice, then a LOOKUP", g =>
        {
            _ = g.Fuse.Destroy();
            _ = g.Fuse.Destroy();
            g.Send(Lookup, FuseValues.RootId, "e\0"u8).SucceedsOrFails(Errno.EINVAL, Errno.EIO, Errno.ESTALE, Errno.EBADF);
        });
        yield return new("sessions", "every operation after DESTROY", g =>
        {
            var requests = GoodRequests.All.Select(good => (good, Bytes: g.Fuse.Request(good.Opcode, good.Node(g), good.Arguments(g)))).ToArray();
            _ = g.Fuse.Destroy();
            foreach (var (good, bytes) in requests)
                g.SendBytes(bytes, good.Room, good.Title).SucceedsOrFails(Errno.ESTALE, Errno.EBADF, Errno.EINVAL, Errno.EPERM, Errno.EIO, Errno.EEXIST, Errno.ENOENT);
        })
        { Changes = true };
    }

    private static IEnumerable<HostileCase> Middle()
    {
        yield return new("sessions", "INIT in the middle: handles of before are void", g =>
        {
            var read = GoodRequests.Transfer(g.FileHandle, 0, 10).ToArray();
            g.Send(Init, 0, InitArguments(7, 45, 0)).Succeeds();
            g.Send(Read, g.File, read).SucceedsOrFails(Errno.EBADF, Errno.ESTALE);
        });
        yield return new("sessions", "INIT in the middle: nodes of before are void", g =>
        {
            g.Send(Init, 0, InitArguments(7, 45, 0)).Succeeds();
            g.Send(GetAttr, g.File, new byte[16]).SucceedsOrFails(Errno.ESTALE, Errno.EBADF);
        });
        yield return new("sessions", "INIT while requests are in flight on the other queue", g =>
        {
            var other = g.Device.Queues[^1];
            var buffer = ChainCases.Place(g);
            for (var i = 0; i < 20; i++)
            {
                var pending = Enumerable.Range(0, 15).Select(n => other.Submit([new(buffer, 56, false), new(buffer + 4096 + 128 * (ulong)n, 120, true)])).ToArray();
                g.Send(Init, 0, InitArguments(7, 45, 0)).Succeeds();
                Guest.Expect(pending.All(p => other.TryWait(p, g.Device.Options.Timeout)), "a request was not answered");
            }

            g.Device.Memory.Free(buffer);
        });
        yield return new("sessions", "INIT on the queue of high priority", g => g.Send(Init, 0, InitArguments(7, 45, 0), queue: 0).SucceedsOrFails(Errno.EINVAL, Errno.ENOSYS));
        foreach (var good in GoodRequests.All)
        {
            yield return new("the queue of high priority", good.Title, g =>
                g.Send(good.Opcode, good.Node(g), good.Arguments(g), good.Room, queue: 0).SucceedsOrFails(Errno.EINVAL, Errno.ENOSYS))
            { Changes = good.Changes };
        }
    }

    private static IEnumerable<HostileCase> Forgets()
    {
        HostileCase Case(string name, Action<Guest> attack) => new("forgets", name, g =>
        {
            attack(g);
            // The roots stay whatever a guest says it gave up, and what is in them can be looked up.
            Guest.Expect(g.Fuse.GetAttr(FuseValues.RootId).Errno == Errno.None, "the root is gone");
            var root = g.Fuse.Lookup(FuseValues.RootId, "e").Value.NodeId;
            Guest.Expect(g.Fuse.Lookup(root, "file").Value.Attr.Size == 7, "the file is another");
        });

        foreach (var count in new ulong[] { 1, 1000, ulong.MaxValue })
        {
            yield return Case($"of the root, {count} times", g => g.Fuse.Forget(FuseValues.RootId, count));
            yield return Case($"of an export's root, {count} times", g => g.Fuse.Forget(g.Root, count));
            yield return Case($"of a file, {count} times more than looked up", g =>
            {
                g.Fuse.Forget(g.File, count);
                g.Fuse.Forget(g.File, count);
                g.Send(GetAttr, g.File, new byte[16]).SucceedsOrFails(Errno.ESTALE, Errno.EBADF);
            });
            yield return Case($"of node 0, {count} times", g => g.Fuse.Forget(0, count));
            yield return Case($"of node 2^64 - 1, {count} times", g => g.Fuse.Forget(ulong.MaxValue, count));
            yield return Case($"of 3 at once, {count} times each", g => g.Fuse.BatchForget((FuseValues.RootId, count), (g.File, count), (g.File, count)));
        }

        yield return Case("of no times", g => g.Fuse.Forget(g.File, 0));
        yield return Case("of a file that is open", g =>
        {
            var handle = g.FileHandle;
            g.Fuse.Forget(g.File, 1);
            _ = g.Fuse.Release(g.File, handle);
        });
        yield return Case("of a folder whose children are known", g =>
        {
            var inner = g.Fuse.Lookup(g.Folder, "inner").Value.NodeId;
            g.Fuse.Forget(g.Folder, ulong.MaxValue);
            g.Send(GetAttr, inner, new byte[16]).Succeeds();
        });
        foreach (var length in new[] { 0, 3, 7 })
            yield return Case($"with {length} bytes", g => g.Fuse.CallWithoutReply(Forget, g.File, new byte[length], queue: 0));
        foreach (var (count, there) in new (uint, int)[] { (0, 1), (2, 1), (1000, 1), (uint.MaxValue, 1), (uint.MaxValue, 4000), (1, 0) })
        {
            yield return Case($"in a batch of {count} that are {there}", g =>
            {
                var batch = new WireWriter().U32(count).U32(0);
                for (var i = 0; i < there; i++)
                    batch.U64(g.File).U64(1);
                g.Fuse.CallWithoutReply(BatchForget, 0, batch.ToArray(), queue: 0);
            });
        }

        yield return Case("in an empty batch request", g => g.Fuse.CallWithoutReply(BatchForget, 0, [], queue: 0));
        yield return Case("with room for an answer", g => g.Send(Forget, g.File, new WireWriter().U64(1).ToArray(), queue: 0).IsSilent());
        foreach (var unique in new ulong[] { 0, 1, 2, ulong.MaxValue })
            yield return Case($"INTERRUPT of request {unique}", g => g.Fuse.Interrupt(unique));
        yield return Case("INTERRUPT without arguments", g => _ = g.Send(Interrupt, 0, [], queue: 0));
    }

    private static byte[] InitArguments(uint major, uint minor, ulong flags) =>
        new WireWriter().U32(major).U32(minor).U32(131072).U32((uint)flags).U32((uint)(flags >> 32)).Zeros(44).ToArray();
}
