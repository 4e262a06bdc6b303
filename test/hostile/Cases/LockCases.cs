using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Hostile.Guests;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Wire;
using static KataShimNet.VhostFrontEnd.Fuse.FuseOpcode;

namespace KataShimNet.Hostile.Cases;

/// <summary>Locks of ranges, types and flags that cannot be, and requests that wait and are not waited for.</summary>
internal static class LockCases
{
    private const uint Read = 0;
    private const uint Write = 1;

    private static readonly FuseOpcode[] s_opcodes = [GetLk, SetLk, SetLkw];

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() =>
    [
        .. from opcode in s_opcodes from range in Ranges() select Case($"{opcode} from {range.Start:x} to {range.End:x}", g =>
            g.Send(opcode, g.File, Arguments(g.FileHandle, range.Start, range.End, Read, 0)).Fails(Errno.EINVAL, Errno.EOVERFLOW)),
        .. from opcode in s_opcodes from type in new uint[] { 3, 4, 32, 64, uint.MaxValue } select Case($"{opcode} of type {type}", g =>
            g.Send(opcode, g.File, Arguments(g.FileHandle, 0, 10, type, 0)).Fails(Errno.EINVAL)),
        .. from opcode in s_opcodes from flags in new uint[] { 2, 0x100, 0x8000_0000, uint.MaxValue } select Case($"{opcode} with flags 0x{flags:x}", g =>
            g.Send(opcode, g.File, Arguments(g.FileHandle, 0, 10, Read, flags)).SucceedsOrFails(Errno.EINVAL, Errno.EOPNOTSUPP)),
        .. from opcode in s_opcodes select Case($"{opcode} with a folder's handle", g =>
            g.Send(opcode, g.Folder, Arguments(g.FolderHandle, 0, 10, Read, 0)).SucceedsOrFails(Errno.EBADF, Errno.EINVAL, Errno.EISDIR)),
        .. from opcode in s_opcodes from handle in new ulong[] { 0, 987_654_321, ulong.MaxValue } select Case($"{opcode} with handle {handle}", g =>
            g.Send(opcode, g.File, Arguments(handle, 0, 10, Read, 0)).Fails(Errno.EBADF)),
        .. from opcode in s_opcodes from length in new[] { 0, 8, 47 } select Case($"{opcode} with {length} bytes", g =>
            g.Send(opcode, g.File, Arguments(g.FileHandle, 0, 10, Read, 0).AsSpan(0, length)).Fails(Errno.EINVAL)),
        .. from owner in new ulong[] { 0, ulong.MaxValue } select Case($"SetLk of owner {owner:x}", g =>
            Guest.Expect(g.Fuse.SetLk(g.File, g.FileHandle, owner, new FuseLock(Write)) is Errno.None or Errno.EINVAL, "neither locked nor EINVAL")),
        Case("a lock that waits when the session ends", g =>
        {
            Submit(g, waits: 4);
            g.Send(Init, 0, new WireWriter().U32(7).U32(45).Zeros(56).ToArray()).Succeeds();
        }),
        Case("a lock that waits when its file is released", g =>
        {
            Submit(g, waits: 4);
            _ = g.Fuse.Release(g.File, g.FileHandle);
        }),
        Case("a lock that waits when its queue is restarted", g =>
        {
            Submit(g, waits: 4);
            g.Device.RestartQueue(g.Queue);
            g.AssertServes(1);
        }),
        Case("a head that is available again while its lock waits", HeadInFlight),
    ];

    private static (ulong Start, ulong End)[] Ranges() =>
        [(10, 9), (1, 0), (1UL << 63, (1UL << 63) + 10), (0, 1UL << 63), (0, ulong.MaxValue), (ulong.MaxValue, 0), (ulong.MaxValue, ulong.MaxValue)];

    private static HostileCase Case(string name, Action<Guest> attack) => new("locks", name, attack) { OursOnly = true };

    private static byte[] Arguments(ulong handle, ulong start, ulong end, uint type, uint flags) =>
        new WireWriter().U64(handle).U64(7).U64(start).U64(end).U32(type).U32(1).U32(flags).U32(0).ToArray();

    // One owner has the file, others wait for it.
    private static void Submit(Guest g, int waits)
    {
        Guest.Expect(g.Fuse.SetLk(g.File, g.FileHandle, 1, new FuseLock(Write)) == Errno.None, "the first lock fails");
        for (var i = 0; i < waits; i++)
        {
            var buffer = PlaceWait(g, owner: 100 + (ulong)i);
            _ = g.Queue.Submit([new(buffer, 88, false), new(buffer + 4096, 200, true)]);
        }

        g.AssertServes(2);
    }

    // Without a check, each of these would be one more request that the daemon remembers, as often as the guest likes.
    private static void HeadInFlight(Guest g)
    {
        Guest.Expect(g.Fuse.SetLk(g.File, g.FileHandle, 1, new FuseLock(Write)) == Errno.None, "the first lock fails");
        var buffer = PlaceWait(g, owner: 100);
        var d = g.Queue.Reserve(2);
        var ring = g.Queue.Ring;
        ring.SetDescriptor(d[0], new(buffer, 88, VhostFrontEnd.Rings.DescriptorFlags.Next, d[1]));
        ring.SetDescriptor(d[1], new(buffer + 4096, 200, VhostFrontEnd.Rings.DescriptorFlags.Write, 0));
        for (var i = 0; i < 5000; i++)
        {
            ring.SetAvail(ring.AvailIndex, d[0]);
            ring.AvailIndex++;
            g.Queue.Kick.Signal();
            if (i % 50 == 0)
                g.AssertServes(2);
        }

        RingCases.AssertQuiet(g);
        g.Device.RestartQueue(g.Queue);
        g.AssertServes(1);
    }

    private static ulong PlaceWait(Guest g, ulong owner)
    {
        var buffer = g.Device.Memory.Allocate(8192, 4096);
        g.Fuse.Request(SetLkw, g.File, g.Fuse.LockArguments(g.FileHandle, owner, new FuseLock(Write), flock: false)).CopyTo(g.Device.Memory.Span(buffer, 88));
        return buffer;
    }
}
