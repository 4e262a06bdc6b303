using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Hostile.Guests;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.Hostile.Cases;

/// <summary>What a guest does again and again does not add up in the daemon: neither memory, nor threads, nor lines of its log.</summary>
internal static class LimitCases
{
    private const long MostGrowth = 16 << 20;
    private const int MostThreads = 24;

    private static readonly Dictionary<string, (int Rounds, Action<Guest> Step)> s_again = new()
    {
        ["LOOKUP and FORGET"] = (8_000, g =>
        {
            _ = g.Fuse.Lookup(g.Folder, "inner");
            g.Fuse.Forget(g.Fuse.Lookup(g.Folder, "inner").Value.NodeId, 2);
        }
        ),
        ["LOOKUP of names that are not there"] = (8_000, g => _ = g.Fuse.Lookup(g.Root, "none")),
        ["LOOKUP of one file without FORGET"] = (8_000, g => _ = g.Fuse.Lookup(g.Root, "file")),
        ["OPEN and RELEASE"] = (5_000, g => _ = g.Fuse.Release(g.File, g.Fuse.Open(g.File, 0).Value.Fh)),
        ["CREATE and UNLINK"] = (3_000, g =>
        {
            var made = g.Fuse.Create(g.Root, "new", 2, 0x81A4).Value;
            _ = g.Fuse.Unlink(g.Root, "new");
            _ = g.Fuse.Release(made.Entry.NodeId, made.Open.Fh);
            g.Fuse.Forget(made.Entry.NodeId, 1);
        }
        ),
        ["READDIRPLUS"] = (3_000, g => _ = g.Fuse.ReadDirPlus(g.Folder, g.FolderHandle, 0, 65_536)),
        ["attributes of 60,000 bytes"] = (300, g => _ = g.Fuse.SetXattr(g.File, "user.b", new byte[60_000])),
        ["locks, taken and given back"] = (5_000, g =>
        {
            _ = g.Fuse.SetLk(g.File, g.FileHandle, 1, new FuseLock(1, 0, 10));
            _ = g.Fuse.SetLk(g.File, g.FileHandle, 1, new FuseLock(2));
        }
        ),
        ["FSYNC"] = (3_000, g => _ = g.Fuse.Fsync(g.File, g.FileHandle)),
        ["INIT"] = (5_000, g => g.Send(FuseOpcode.Init, 0, new WireWriter().U32(7).U32(45).Zeros(56).ToArray()).Succeeds()),
        ["malformed requests"] = (8_000, g => _ = g.Send(FuseOpcode.Lookup, ulong.MaxValue, "a/b"u8)),
        ["unknown operations"] = (8_000, g => _ = g.Send((FuseOpcode)1000, 1, [])),
    };

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() =>
    [
        .. s_again.Select(a => new HostileCase("limits", $"{a.Key}, {a.Value.Rounds} times", g => Again(g, a.Value.Rounds, a.Value.Step)) { OursOnly = true, Changes = true }),
        new("limits", "rings that break, 100 times", g =>
        {
            var lines = Lines(g);
            for (var i = 0; i < 100; i++)
            {
                g.Queue.Ring.AvailIndex += 100;
                g.Queue.Kick.Signal();
                g.Device.RestartQueue(g.Queue);
            }

            // The front end is asked each time, so these lines are not the guest's to make at will.
            Guest.Expect(Lines(g) - lines <= 500, $"{Lines(g) - lines} lines of log");
        })
        { OursOnly = true },
    ];

    private static void Again(Guest g, int rounds, Action<Guest> step)
    {
        // Buffers that are made once are no growth.
        for (var i = 0; i < rounds / 10; i++)
            step(g);
        var (bytes, lines) = (g.Target.Watch.PrivateBytes(), Lines(g));
        for (var i = 0; i < rounds; i++)
            step(g);
        var growth = g.Target.Watch.PrivateBytes() - bytes;
        Guest.Expect(growth < MostGrowth, $"{growth >> 10} KiB of memory more");
        Guest.Expect(Lines(g) - lines < 100, $"{Lines(g) - lines} lines of log");
        Guest.Expect(g.Target.Watch.Threads() <= MostThreads * g.Target.Watch.Pids.Count, $"{g.Target.Watch.Threads()} threads");
    }

    private static int Lines(Guest g) => g.Target.Process.Log.Count(c => c == '\n');
}
