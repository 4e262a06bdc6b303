using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Hostile.Guests;
using KataShimNet.VhostFrontEnd.Memory;
using KataShimNet.VhostFrontEnd.VhostUser;
using KataShimNet.VhostFrontEnd.Wire;
using static KataShimNet.VhostFrontEnd.VhostUser.VhostUserRequest;

namespace KataShimNet.Hostile.Cases;

/// <summary>Messages of a front end that is broken: well-formed ones that ask for what cannot be are refused, others end the connection in order.</summary>
internal static class FrontEndCases
{
    private const uint Reply = VhostUserConnection.ReplyFlag;
    private const uint NeedReply = VhostUserConnection.NeedReplyFlag;

    private static readonly Dictionary<string, Func<FrontEnd, (VhostUserRequest Request, byte[] Payload, int[] Fds)>> s_refused = new()
    {
        ["a queue that does not exist"] = f => (SetVringNum, FrontEnd.State(64, 128), []),
        ["queue 2^32 - 1"] = f => (SetVringBase, FrontEnd.State(uint.MaxValue, 0), []),
        ["an enabled queue that does not exist"] = f => (SetVringEnable, FrontEnd.State(64, 1), []),
        ["a kick of a queue that does not exist"] = f => (SetVringKick, FrontEnd.U64(64), [f.Queues[1].Kick.Fd]),
        ["a ring of no descriptors"] = f => (SetVringNum, FrontEnd.State(1, 0), []),
        ["a ring of 2^16 descriptors"] = f => (SetVringNum, FrontEnd.State(1, 65536), []),
        ["a ring of 2,048 descriptors"] = f => (SetVringNum, FrontEnd.State(1, 2048), []),
        ["a ring of 2^32 - 1 descriptors"] = f => (SetVringNum, FrontEnd.State(1, uint.MaxValue), []),
        ["a base of 2^32 - 1"] = f => (SetVringBase, FrontEnd.State(1, uint.MaxValue), []),
        ["features that were not offered"] = f => (SetFeatures, FrontEnd.U64((1UL << 63) | (1UL << 32)), []),
        ["protocol features that were not offered"] = f => (SetProtocolFeatures, FrontEnd.U64(1UL << 61), []),
        ["a region over another"] = f => (AddMemReg, FrontEnd.SingleRegion(f.Memory.Regions[0]), [f.Memory.Fd]),
        ["a region that overlaps another by a page"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { GuestAddress = f.Memory.Regions[0].Size - 4096 }), [f.Memory.Fd]),
        ["a region that wraps"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { GuestAddress = ulong.MaxValue - 4095, Size = 8192 }), [f.Memory.Fd]),
        ["a region whose front-end address wraps"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { UserAddress = ulong.MaxValue - 4095 }), [f.Memory.Fd]),
        ["a region of no size"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { Size = 0 }), [f.Memory.Fd]),
        ["a region of 2^64 - 1 bytes"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { Size = ulong.MaxValue }), [f.Memory.Fd]),
        ["a region larger than its file"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { Size = 1UL << 40 }), [f.Memory.Fd]),
        ["a region behind the end of its file"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { FileOffset = 1UL << 50 }), [f.Memory.Fd]),
        ["a region whose offset wraps"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { FileOffset = ulong.MaxValue - 4095 }), [f.Memory.Fd]),
        ["a region of an eventfd"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f)), [f.Queues[0].Kick.Fd]),
        ["removal of a region that is not there"] = f => (RemMemReg, FrontEnd.SingleRegion(New(f)), [f.Memory.Fd]),
        ["removal of a part of a region"] = f => (RemMemReg, FrontEnd.SingleRegion(f.Memory.Regions[0] with { Size = 4096 }), [f.Memory.Fd]),
        ["a size of a ring that runs"] = f => (SetVringNum, FrontEnd.State(2, 32), []),
        ["an address of a ring that runs"] = f => (SetVringAddr, Address(f, 2, f.Memory.UserAddress(f.Queues[1].Ring.Table)), []),
        ["a base of a ring that runs"] = f => (SetVringBase, FrontEnd.State(2, 7), []),
        ["an unknown request"] = f => ((VhostUserRequest)200, new byte[8], []),
        ["request 0"] = f => (None, new byte[8], []),
        ["request 2^32 - 1"] = f => ((VhostUserRequest)uint.MaxValue, [], []),
        ["a log of dirty memory"] = f => (SetLogBase, new byte[16], [f.Memory.Fd]),
        ["a write to the configuration"] = f => (SetConfig, new WireWriter().U32(0).U32(4).U32(0).U32(7).ToArray(), []),
        ["state of the device"] = f => (SetDeviceStateFd, new byte[8], [f.Memory.Fd]),
        ["postcopy"] = f => (PostcopyAdvise, [], []),
        ["a kick that is no eventfd"] = f => (SetVringKick, FrontEnd.U64(1), [f.Memory.Fd]),
        ["a call that is no eventfd"] = f => (SetVringCall, FrontEnd.U64(1), [f.Memory.Fd]),
        ["an error that is no eventfd"] = f => (SetVringErr, FrontEnd.U64(1), [f.Memory.Fd]),
    };

    // Rings are checked when they start: the address is taken, the kick is not.
    private static readonly Dictionary<string, Func<FrontEnd, ulong>> s_addresses = new()
    {
        ["outside of memory"] = _ => 0x1000,
        ["at 0"] = _ => 0,
        ["at 2^64 - 1"] = _ => ulong.MaxValue,
        ["at 2^64 - 16"] = _ => ulong.MaxValue - 15,
        ["across the end of memory"] = f => f.Memory.Regions[1].UserAddress + f.Memory.Regions[1].Size - 16,
        ["not aligned"] = f => f.Memory.UserAddress(f.Queues[1].Ring.Table) + 1,
    };

    // The stream cannot be trusted after these, so the connection may end; an error is as good.
    private static readonly Dictionary<string, Action<FrontEnd>> s_malformed = new()
    {
        ["a payload too short"] = f => Send(f, SetFeatures, 4, NeedReply, new byte[4]),
        ["a payload too long"] = f => Send(f, SetFeatures, 16, NeedReply, new byte[16]),
        ["no payload"] = f => Send(f, SetVringAddr, 0, NeedReply, []),
        ["a payload of a gigabyte"] = f => Send(f, SetFeatures, 1 << 30, NeedReply, []),
        ["a payload of 2^32 - 1"] = f => Send(f, GetConfig, uint.MaxValue, 0, []),
        ["a payload of 1,025 bytes"] = f => Send(f, SetMemTable, 1025, NeedReply, new byte[1025]),
        ["version 2"] = f => f.Connection.SendRaw(VhostUserConnection.Header((uint)GetFeatures, 2, 0).ToArray()),
        ["version 0"] = f => f.Connection.SendRaw(VhostUserConnection.Header((uint)GetFeatures, 0, 0).ToArray()),
        ["a request marked as an answer"] = f => Send(f, GetFeatures, 0, Reply, []),
        ["a descriptor that belongs nowhere"] = f => Send(f, SetVringNum, 8, NeedReply, FrontEnd.State(1, 128), f.Memory.Fd),
        ["a hundred descriptors"] = f => Send(f, SetOwner, 0, NeedReply, [], [.. Enumerable.Repeat(f.Memory.Fd, 100)]),
        ["253 descriptors"] = f => Send(f, SetMemTable, 40, NeedReply, new WireWriter().U32(1).Zeros(36).ToArray(), [.. Enumerable.Repeat(f.Memory.Fd, 253)]),
        ["two kicks in one"] = f => Send(f, SetVringKick, 8, NeedReply, FrontEnd.U64(1), f.Queues[1].Kick.Fd, f.Queues[1].Kick.Fd),
        ["a descriptor with each byte of a header"] = f =>
        {
            foreach (var b in Header(GetFeatures, 0, 0).ToArray())
                f.Connection.SendRaw([b], [f.Memory.Fd]);
        },
        ["a region without its descriptor"] = f => Send(f, AddMemReg, 40, NeedReply, FrontEnd.SingleRegion(New(f))),
        ["a region with two descriptors"] = f => Send(f, AddMemReg, 40, NeedReply, FrontEnd.SingleRegion(New(f)), f.Memory.Fd, f.Memory.Fd),
        ["a table of more regions than it holds"] = f => Send(f, SetMemTable, 40, NeedReply, new WireWriter().U32(200).Zeros(36).ToArray(), f.Memory.Fd),
        ["a table of 2^32 - 1 regions"] = f => Send(f, SetMemTable, 40, NeedReply, new WireWriter().U32(uint.MaxValue).Zeros(36).ToArray(), f.Memory.Fd),
        ["a table of regions with fewer descriptors"] = f => Send(f, SetMemTable, 72, NeedReply, FrontEnd.RegionTable(f.Memory.Regions), f.Memory.Fd),
        ["a kick without its descriptor"] = f => Send(f, SetVringKick, 8, NeedReply, FrontEnd.U64(1)),
        ["a queue that is neither on nor off"] = f => Send(f, SetVringEnable, 8, NeedReply, FrontEnd.State(1, 2)),
        ["a configuration of 2^32 - 1 bytes"] = f => Send(f, GetConfig, 52, 0, new WireWriter().U32(0).U32(uint.MaxValue).Zeros(44).ToArray()),
        ["a configuration behind its end"] = f => Send(f, GetConfig, 52, 0, new WireWriter().U32(4000).U32(40).Zeros(44).ToArray()),
        ["a channel without its descriptor"] = f => Send(f, SetBackendReqFd, 0, NeedReply, []),
        ["in-flight memory of 2^32 - 1 queues"] = f => Send(f, GetInflightFd, 24, 0, new WireWriter().Zeros(16).U16(ushort.MaxValue).U16(ushort.MaxValue).Zeros(4).ToArray()),
        ["in-flight memory of no queues"] = f => Send(f, GetInflightFd, 24, 0, new byte[24]),
        ["in-flight memory without its descriptor"] = f => Send(f, SetInflightFd, 24, NeedReply, new WireWriter().U64(4096).U64(0).U16(2).U16(64).Zeros(4).ToArray()),
        ["in-flight memory larger than its file"] = f => Send(f, SetInflightFd, 24, NeedReply, new WireWriter().U64(1UL << 40).U64(0).U16(2).U16(64).Zeros(4).ToArray(), f.Memory.Fd),
        ["in-flight memory behind its file"] = f => Send(f, SetInflightFd, 24, NeedReply, new WireWriter().U64(4096).U64(1UL << 60).U16(2).U16(64).Zeros(4).ToArray(), f.Memory.Fd),
        ["in-flight memory that is an eventfd"] = f => Send(f, SetInflightFd, 24, NeedReply, new WireWriter().U64(4096).U64(0).U16(2).U16(64).Zeros(4).ToArray(), f.Queues[0].Kick.Fd),
        ["half a header, then the end"] = f => EndAfter(f, Header(GetFeatures, 0, 0).ToArray().AsSpan(0, 5)),
        ["half a payload, then the end"] = f => EndAfter(f, Header(SetFeatures, 8, 0).Bytes(new byte[3]).ToArray()),
        ["the end"] = f => f.Connection.Shutdown(),
        ["4,096 random bytes"] = f =>
        {
            var bytes = new byte[4096];
            new Random(3).NextBytes(bytes);
            f.Connection.SendRaw(bytes);
        },
    };

    /// <summary>All of them; the malformed ones, each with a daemon of its own, last.</summary>
    public static IEnumerable<HostileCase> All() =>
    [
        .. s_refused.Select(r => new HostileCase("front end: refused", r.Key, g => Refuse(g, r.Key, r.Value)) { OursOnly = true }),
        .. s_addresses.Select(a => new HostileCase("front end: refused", "a ring " + a.Key, g => RefuseRing(g, a.Value)) { OursOnly = true }),
        new("front end: refused", "a thousand messages with four descriptors too many each", TooManyDescriptors) { OursOnly = true },
        new("front end: refused", "more regions than there are slots", TooManyRegions) { OursOnly = true },
        .. s_malformed.Select(m => new HostileCase("front end: malformed", m.Key, g => Malformed(g, m.Value)) { OursOnly = true, MayEnd = true, EndsConnection = true }),
    ];

    private static void Refuse(Guest g, string name, Func<FrontEnd, (VhostUserRequest Request, byte[] Payload, int[] Fds)> build)
    {
        var device = g.Device;
        _ = device.StopQueue(device.Queues[1]);
        var (request, payload, fds) = build(device);
        Guest.Expect(device.Connection.Acknowledged(request, payload, fds) != 0, $"{name} was accepted");
        Restart(device);
    }

    private static void RefuseRing(Guest g, Func<FrontEnd, ulong> table)
    {
        var device = g.Device;
        _ = device.StopQueue(device.Queues[1]);
        var refused = device.Connection.Acknowledged(SetVringAddr, Address(device, 1, table(device))) != 0
            || device.Connection.Acknowledged(SetVringKick, FrontEnd.U64(1), [device.Queues[1].Kick.Fd]) != 0;
        Guest.Expect(refused, "the ring was started");
        Restart(device);
    }

    // Without an acknowledgement a refusal ends the connection, so that these have to be well-formed but for their descriptors.
    private static void TooManyDescriptors(Guest g)
    {
        var device = g.Device;
        for (var i = 0; i < 1000; i++)
            Guest.Expect(device.Connection.Acknowledged(RemMemReg, FrontEnd.SingleRegion(New(device)), [.. Enumerable.Repeat(device.Memory.Fd, 5)]) != 0, "it was accepted");
    }

    private static void TooManyRegions(Guest g)
    {
        var device = g.Device;
        var slots = device.Connection.Exchange(GetMaxMemSlots).U64;
        var added = new List<MemoryRegion>();
        for (var i = 0UL; i < slots + 8; i++)
        {
            var region = New(device) with { GuestAddress = (1UL << 36) + i * 8192, UserAddress = (1UL << 44) + i * 8192, Size = 4096 };
            if (device.Connection.Acknowledged(AddMemReg, FrontEnd.SingleRegion(region), [device.Memory.Fd]) != 0)
                break;
            added.Add(region);
        }

        var most = (int)slots - device.Memory.Regions.Count;
        foreach (var region in added)
            Guest.Expect(device.Connection.Acknowledged(RemMemReg, FrontEnd.SingleRegion(region)) == 0, "a region cannot be removed");
        Guest.Expect(added.Count == most, $"{added.Count} more regions were added, {most} are offered");
    }

    private static void Malformed(Guest g, Action<FrontEnd> attack)
    {
        attack(g.Device);

        // Answered, or the end of the connection: there is no third way but silence, with all working on.
        if (g.Device.Connection.EndsNext(TimeSpan.FromSeconds(5)) == true)
        {
            if (g.Target.Process.WaitForExit(TimeSpan.FromSeconds(5)) is null)
                throw new AttackException(Verdict.Hang, "the daemon goes on without its front end");
            return;
        }

        g.AssertServes();
    }

    private static void Restart(FrontEnd device)
    {
        device.Queues[1].Reset();
        device.StartQueue(device.Queues[1]);
    }

    private static void Send(FrontEnd device, VhostUserRequest request, uint size, uint flags, byte[] payload, params int[] fds) =>
        device.Connection.SendRaw(Header(request, size, flags).Bytes(payload).ToArray(), fds);

    private static WireWriter Header(VhostUserRequest request, uint size, uint flags) =>
        VhostUserConnection.Header((uint)request, VhostUserConnection.Version | flags, size);

    // A region that would be good: between the two that are there.
    private static MemoryRegion New(FrontEnd device) => device.Memory.Regions[0] with { GuestAddress = 1UL << 36, Size = 1 << 20, UserAddress = 1UL << 44 };

    private static byte[] Address(FrontEnd device, uint index, ulong table)
    {
        var payload = device.Addresses(device.Queues[(int)index]);
        BitConverter.TryWriteBytes(payload.AsSpan(8), table);
        return payload;
    }

    private static void EndAfter(FrontEnd device, ReadOnlySpan<byte> bytes)
    {
        device.Connection.SendRaw(bytes);
        device.Connection.Shutdown();
    }
}
