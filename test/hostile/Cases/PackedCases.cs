using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Hostile.Guests;
using KataShimNet.VhostFrontEnd.Rings;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.Hostile.Cases;

/// <summary>Packed rings that a driver must not write. Each has a daemon of its own, whose first request queue begins at descriptor 0.</summary>
internal static class PackedCases
{
    private const ushort Next = 1;
    private const ushort Write = 2;
    private const ushort Indirect = 4;
    // Of the first round: AVAIL set, USED not (virtio 1.3, section 2.8.1).
    private const ushort Available = 1 << 7;
    private const ushort Used = 1 << 15;

    private static readonly Dictionary<string, Action<PackedLayout, ulong>> s_attacks = new()
    {
        ["a chain over the whole ring that does not end"] = (r, q) =>
        {
            for (var i = r.Size - 1; i >= 0; i--)
                r.Write(i, q, 1, (ushort)i, Available | Next);
        },
        ["a chain whose next one is not available"] = (r, q) => r.Write(0, q, 56, 0, Available | Next),
        ["an id of 2^16 - 1"] = (r, q) => r.Write(0, q + 4096, 200, ushort.MaxValue, Available | Write),
        ["an id equal to the size"] = (r, q) => r.Write(0, q + 4096, 200, r.Size, Available | Write),
        ["the same id for all of the ring"] = (r, q) =>
        {
            for (var i = r.Size - 1; i >= 0; i--)
                r.Write(i, q + 4096, 200, 7, Available | Write);
        },
        ["the wrong wrap"] = (r, q) => r.Write(0, q, 56, 0, Used),
        ["both wraps"] = (r, q) => r.Write(0, q, 56, 0, Available | Used),
        ["all flags"] = (r, q) => r.Write(0, q, 56, 0, 0xFFFF & ~Used),
        ["an address in the hole"] = (r, q) => r.Write(0, 0xC000_0000, 56, 0, Available),
        ["an address that wraps"] = (r, q) => r.Write(0, ulong.MaxValue - 15, 56, 0, Available),
        ["a length of 2^32 - 1"] = (r, q) => r.Write(0, q, uint.MaxValue, 0, Available),
        ["no length"] = (r, q) => r.Write(0, q, 0, 0, Available),
        ["write before read"] = (r, q) =>
        {
            r.Write(1, q, 56, 0, Available);
            r.Write(0, q + 4096, 120, 0, Available | Write | Next);
        },
        ["an indirect table of no length"] = (r, q) => r.Write(0, q, 0, 0, Available | Indirect),
        ["an indirect table of 24 bytes"] = (r, q) => r.Write(0, q, 24, 0, Available | Indirect),
        ["an indirect table of 2^32 - 16 bytes"] = (r, q) => r.Write(0, q, uint.MaxValue - 15, 0, Available | Indirect),
        ["an indirect table in the hole"] = (r, q) => r.Write(0, 0xC000_0000, 32, 0, Available | Indirect),
        ["an indirect table with a next"] = (r, q) =>
        {
            r.Write(1, q + 4096, 120, 0, Available | Write);
            r.Write(0, q, 32, 0, Available | Indirect | Next);
        },
        ["an indirect table of what is no table"] = (r, q) => r.Write(0, q, 48, 0, Available | Indirect),
    };

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() =>
    [
        .. s_attacks.Select(a => Case(a.Key, g =>
        {
            var buffer = ChainCases.Place(g);
            a.Value(g.Queue.Packed!, buffer);
            g.Queue.Kick.Signal();
            Afterwards(g);
            g.Device.Memory.Free(buffer);
        })),
        .. new ushort[] { 3, 0xFFFF, 2 }.Select(flags => Case($"events 0x{flags:x} of the driver", g =>
        {
            // struct pvirtq_event_suppress: le16 desc, le16 flags.
            g.Device.Memory.Span(g.Queue.Packed!.DriverEvents, 4).Fill(0xFF);
            BitConverter.TryWriteBytes(g.Device.Memory.Span(g.Queue.Packed.DriverEvents + 2, 2), flags);
            g.Queue.Kick.Signal();
            Afterwards(g);
        })),
    ];

    private static HostileCase Case(string name, Action<Guest> attack) => new("packed rings", name, g =>
    {
        Guest.Expect(g.Queue.Packed is not null, "packed rings are not served");
        g.Device.RestartQueue(g.Queue);
        attack(g);
    })
    {
        Options = new() { RequestQueues = 2, QueueSize = 64, Timeout = TimeSpan.FromSeconds(3), Features = new FrontEndOptions().Features | VirtioFeatures.RingPacked },
        OursOnly = true,
    };

    private static void Afterwards(Guest g)
    {
        for (var i = 0; i < 5; i++)
            g.AssertServes(2);
        RingCases.AssertQuiet(g);
        g.Device.RestartQueue(g.Queue);
        g.AssertServes(1);
    }
}
