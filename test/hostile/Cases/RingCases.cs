using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using KataShimNet.Hostile.Guests;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Rings;

namespace KataShimNet.Hostile.Cases;

/// <summary>Rings that a driver must not write: the queue stops without spinning, the others go on, and a restart brings it back.</summary>
internal static class RingCases
{
    private static readonly Dictionary<string, Action<VringLayout>> s_breaks = new()
    {
        ["an index that jumps by one more than the ring"] = ring => ring.AvailIndex += 65,
        ["an index that jumps by twice the ring"] = ring => ring.AvailIndex += 128,
        ["an index that jumps by half its range"] = ring => ring.AvailIndex += 0x8000,
        ["an index that goes back by one"] = ring => ring.AvailIndex -= 1,
        ["an index that goes back by the ring"] = ring => ring.AvailIndex -= 64,
        ["an index of 0 again"] = ring => ring.AvailIndex = 0,
        ["a head equal to the size"] = ring => Publish(ring, 64),
        ["a head of 2^16 - 1"] = ring => Publish(ring, 0xFFFF),
        ["a bad head behind a good one"] = ring =>
        {
            // An empty one: what lay there before may be a request that does something.
            ring.SetDescriptor(0, default);
            ring.SetAvail((ushort)(ring.AvailIndex + 1), 65);
            ring.SetAvail(ring.AvailIndex, 0);
            ring.AvailIndex += 2;
        },
    };

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() =>
    [
        .. s_breaks.Select(b => new HostileCase("rings", b.Key, g => Break(g, b.Value))),
        new("rings", "a head that is available as often as the ring has entries", g => Repeat(g, 64)),
        new("rings", "a used event that never comes", g => Events(g, _ => unchecked((ushort)(g.Queue.LastUsed - 1)))),
        new("rings", "a used event that changes all the time", g => Events(g, i => (ushort)(i * 7919))),
        new("rings", "flags of the available ring that make no sense", g =>
        {
            g.Queue.Ring.AvailFlags = 0xFFFF;
            g.AssertServes(g.Device.Queues.Count - 1);
            g.Queue.Ring.AvailFlags = 0;
        }),
        new("rings", "100,000 kicks for nothing", KickFlood),
        new("rings", "a kick counter at its end", g =>
        {
            var most = ulong.MaxValue - 2;
            unsafe
            {
                _ = Unistd.write(g.Queue.Kick.Fd, &most, sizeof(ulong));
            }

            g.AssertServes(1);
        }),
        new("rings", "a used ring that the guest overwrites", g =>
        {
            for (var i = 0; i < 100; i++)
            {
                g.AssertServes(1);
                g.Queue.Ring.ScribbleUsed((ushort)(i * 31));
                // The driver itself no longer knows what is used: it starts the queue anew, as after a reset.
                g.Device.RestartQueue(g.Queue);
            }
        }),
        new("rings", "a queue that is restarted a hundred times", g =>
        {
            for (var i = 0; i < 100; i++)
            {
                g.Device.RestartQueue(g.Queue);
                g.AssertServes(1);
            }
        }),
    ];

    private static void Break(Guest guest, Action<VringLayout> attack)
    {
        guest.AssertServes(1);
        var used = guest.Queue.Ring.UsedIndex;
        attack(guest.Queue.Ring);
        guest.Queue.Kick.Signal();

        // virtiofsd has no second queue to ask on.
        for (var i = 0; i < 5 && guest.Device.Queues.Count > 2; i++)
            guest.AssertServes(2);
        AssertQuiet(guest);
        Guest.Expect((ushort)(guest.Queue.Ring.UsedIndex - used) <= 1, "more came back than was there");
        guest.Device.RestartQueue(guest.Queue);
        guest.AssertServes(1);
    }

    /// <summary>A daemon that has nothing to do uses no processor: it does not look at a broken ring again and again.</summary>
    public static void AssertQuiet(Guest guest)
    {
        var before = guest.Target.Watch.ProcessorTime();
        Thread.Sleep(150);
        var used = guest.Target.Watch.ProcessorTime() - before;
        if (used > TimeSpan.FromMilliseconds(100))
            throw new AttackException(Verdict.Hang, $"the daemon spins: {used.TotalMilliseconds} ms of processor time within 150 ms");
    }

    private static void Repeat(Guest guest, int times)
    {
        var buffer = ChainCases.Place(guest);
        var d = guest.Queue.Reserve(2);
        var ring = guest.Queue.Ring;
        ring.SetDescriptor(d[0], new(buffer, 56, DescriptorFlags.Next, d[1]));
        ring.SetDescriptor(d[1], new(buffer + 4096, 200, DescriptorFlags.Write, 0));
        var (available, used) = (ring.AvailIndex, ring.UsedIndex);
        for (var i = 0; i < times; i++)
            ring.SetAvail((ushort)(available + i), d[0]);
        ring.UsedEvent = (ushort)(used + times - 1);
        ring.AvailIndex = (ushort)(available + times);
        guest.Queue.Kick.Signal();

        // Once for each time, or a broken ring: never more.
        _ = guest.Queue.TryWaitUsedIndex((ushort)(used + times), TimeSpan.FromSeconds(0.2));
        Guest.Expect((ushort)(ring.UsedIndex - used) <= times, "more came back than was there");
        guest.Device.RestartQueue(guest.Queue);
        guest.Device.Memory.Free(buffer);
    }

    private static void Events(Guest guest, Func<int, ushort> usedEvent)
    {
        for (var i = 0; i < 50; i++)
        {
            var used = guest.Queue.Ring.UsedIndex;
            var buffer = ChainCases.Place(guest);
            var pending = guest.Queue.Submit([new(buffer, 56, false), new(buffer + 4096, 200, true)]);
            guest.Queue.Ring.UsedEvent = usedEvent(i);
            var limit = System.Diagnostics.Stopwatch.StartNew();
            // No interrupt may come, so the index is what tells.
            while (guest.Queue.Ring.UsedIndex == used)
            {
                if (limit.Elapsed > guest.Device.Options.Timeout)
                    throw new TimeoutException("the request was not used");
                Thread.Yield();
            }

            _ = guest.Queue.TryWait(pending, TimeSpan.FromSeconds(1));
            guest.Device.Memory.Free(buffer);
        }
    }

    private static void KickFlood(Guest guest)
    {
        for (var i = 0; i < 100_000; i++)
            guest.Queue.Kick.Signal();
        guest.AssertServes(1);
        AssertQuiet(guest);
    }

    private static void Publish(VringLayout ring, ushort head)
    {
        ring.SetAvail(ring.AvailIndex, head);
        ring.AvailIndex++;
    }
}
