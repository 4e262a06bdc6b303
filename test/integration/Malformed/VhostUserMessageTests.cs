using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Memory;
using KataShimNet.VhostFrontEnd.VhostUser;
using Xunit;
using static KataShimNet.VhostFrontEnd.VhostUser.VhostUserRequest;

namespace KataShimNet.IntegrationTests.Malformed;

/// <summary>Messages of a front end that is broken.</summary>
public sealed class VhostUserMessageTests
{
    private const uint Reply = VhostUserConnection.ReplyFlag;
    private const uint NeedReply = VhostUserConnection.NeedReplyFlag;

    // Well-formed messages that ask for what cannot be: refused by an acknowledgement, or the connection ends.
    private static readonly Dictionary<string, Func<FrontEnd, (VhostUserRequest Request, byte[] Payload, int[] Fds)>> s_refused = new()
    {
        ["a queue that does not exist"] = f => (SetVringNum, FrontEnd.State(64, 128), []),
        ["queue 2^32 - 1"] = f => (SetVringBase, FrontEnd.State(uint.MaxValue, 0), []),
        ["a ring of no descriptors"] = f => (SetVringNum, FrontEnd.State(1, 0), []),
        ["a ring of 100 descriptors"] = f => (SetVringNum, FrontEnd.State(1, 100), []),
        ["a ring of 65536 descriptors"] = f => (SetVringNum, FrontEnd.State(1, 65536), []),
        ["features that were not offered"] = f => (SetFeatures, FrontEnd.U64((ulong)(VirtioFeatures.AccessPlatform | VirtioFeatures.Version1)), []),
        ["protocol features that were not offered"] = f => (SetProtocolFeatures, FrontEnd.U64(1UL << 61), []),
        ["a region over another"] = f => (AddMemReg, FrontEnd.SingleRegion(f.Memory.Regions[0]), [f.Memory.Fd]),
        ["a region that wraps"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { GuestAddress = ulong.MaxValue - 4095, Size = 8192 }), [f.Memory.Fd]),
        ["a region of no size"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { Size = 0 }), [f.Memory.Fd]),
        ["a region larger than its file"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { Size = 1UL << 40 }), [f.Memory.Fd]),
        ["a region behind the end of its file"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { FileOffset = 1UL << 50 }), [f.Memory.Fd]),
        ["a region whose offset wraps"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f) with { FileOffset = ulong.MaxValue - 4095 }), [f.Memory.Fd]),
        ["a region of an eventfd"] = f => (AddMemReg, FrontEnd.SingleRegion(New(f)), [f.Queues[0].Kick.Fd]),
        ["removal of a region that is not there"] = f => (RemMemReg, FrontEnd.SingleRegion(New(f)), [f.Memory.Fd]),
        ["a ring outside of memory"] = f => (SetVringAddr, Address(f, 1, 0x1000), []),
        ["a ring across the end of memory"] = f => (SetVringAddr, Address(f, 1, f.Memory.Regions[1].UserAddress + f.Memory.Regions[1].Size - 16), []),
        ["a ring that is not aligned"] = f => (SetVringAddr, Address(f, 1, f.Memory.UserAddress(f.Queues[1].Ring.Table) + 1), []),
        ["a kick that is no eventfd"] = f => (SetVringKick, FrontEnd.U64(1), [f.Memory.Fd]),
        ["an unknown request"] = f => ((VhostUserRequest)200, new byte[8], []),
        ["request 0"] = f => (None, new byte[8], []),
    };

    // Messages whose form is wrong: the stream cannot be trusted, so the connection may end; an error is as good.
    private static readonly Dictionary<string, Action<FrontEnd>> s_malformed = new()
    {
        ["a payload too short"] = f => f.Connection.SendRaw(Header(SetFeatures, 4, NeedReply).Bytes(new byte[4]).ToArray()),
        ["a payload too long"] = f => f.Connection.SendRaw(Header(SetFeatures, 16, NeedReply).Bytes(new byte[16]).ToArray()),
        ["no payload"] = f => f.Connection.SendRaw(Header(SetVringAddr, 0, NeedReply).ToArray()),
        ["a payload of a gigabyte"] = f => f.Connection.SendRaw(Header(SetFeatures, 1 << 30, NeedReply).ToArray()),
        ["a payload of 2^32 - 1"] = f => f.Connection.SendRaw(Header(GetConfig, uint.MaxValue, 0).ToArray()),
        ["another version"] = f => f.Connection.SendRaw(VhostUserConnection.Header((uint)GetFeatures, 2, 0).ToArray()),
        ["a request marked as an answer"] = f => f.Connection.SendRaw(Header(GetFeatures, 0, Reply).ToArray()),
        ["a descriptor that belongs nowhere"] = f => f.Connection.SendRaw(Header(SetVringNum, 8, NeedReply).Bytes(FrontEnd.State(1, 128)).ToArray(), [f.Memory.Fd]),
        ["a hundred descriptors"] = f => f.Connection.SendRaw(Header(SetOwner, 0, NeedReply).ToArray(), Enumerable.Repeat(f.Memory.Fd, 100).ToArray()),
        ["a region without its descriptor"] = f => f.Connection.SendRaw(Header(AddMemReg, 40, NeedReply).Bytes(FrontEnd.SingleRegion(New(f))).ToArray()),
        ["a table of more regions than it holds"] = f => f.Connection.SendRaw(
            Header(SetMemTable, 40, NeedReply).U32(200).U32(0).Zeros(32).ToArray(), [f.Memory.Fd]),
        ["a kick without its descriptor"] = f => f.Connection.SendRaw(Header(SetVringKick, 8, NeedReply).U64(1).ToArray()),
        ["a configuration of 2^32 - 1 bytes"] = f => f.Connection.SendRaw(Header(GetConfig, 52, 0).U32(0).U32(uint.MaxValue).U32(0).Zeros(40).ToArray()),
        ["a configuration behind its end"] = f => f.Connection.SendRaw(Header(GetConfig, 52, 0).U32(4000).U32(40).U32(0).Zeros(40).ToArray()),
        ["a channel without its descriptor"] = f => f.Connection.SendRaw(Header(SetBackendReqFd, 0, NeedReply).ToArray()),
        ["half a header, then the end"] = f => EndAfter(f, Header(GetFeatures, 0, 0).ToArray().AsSpan(0, 5)),
        ["half a payload, then the end"] = f => EndAfter(f, Header(SetFeatures, 8, 0).Bytes(new byte[3]).ToArray()),
    };

    public static TheoryData<string> RefusedMessages => [.. s_refused.Keys];

    public static TheoryData<string> MalformedMessages => [.. s_malformed.Keys];

    [Theory, MemberData(nameof(RefusedMessages))]
    public void What_cannot_be_is_refused_and_the_device_goes_on(string name)
    {
        using var share = new Share(Backing.Tmpfs);
        var device = share.Device;
        // Addresses are checked with the ring's start, which the kick asks for.
        if (name.Contains("ring", StringComparison.Ordinal))
            _ = device.StopQueue(device.Queues[1]);
        var (request, payload, fds) = s_refused[name](device);

        var refused = device.Connection.Acknowledged(request, payload, fds) != 0;
        if (!refused && request == SetVringAddr)
            refused = device.Connection.Acknowledged(SetVringKick, FrontEnd.U64(1), [device.Queues[1].Kick.Fd]) != 0;

        Assert.True(refused, $"{name} was accepted\n{share.Process.Log}");
        device.RestartQueue(device.Queues[1]);
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Theory, MemberData(nameof(MalformedMessages))]
    public void A_malformed_message_is_an_error_or_the_orderly_end_of_the_daemon(string name)
    {
        using var share = new Share(Backing.Tmpfs);
        var processes = share.Process.Processes();

        s_malformed[name](share.Device);

        // Each of them is answered, or the end of the connection: there is no third way but silence, with all working on.
        var ended = share.Device.Connection.EndsNext(TimeSpan.FromSeconds(5)) == true;
        if (!ended)
        {
            Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
            Assert.NotEqual(VirtioFeatures.None, (VirtioFeatures)share.Device.Connection.Exchange(GetFeatures).U64);
            return;
        }

        Assert.True(share.Process.WaitForExit(TimeSpan.FromSeconds(5)) is { Signalled: false, Code: 0 or 1 }, share.Process.Log);
        Assert.DoesNotContain("Unhandled", share.Process.Log, StringComparison.OrdinalIgnoreCase);
        Assert.All(processes, pid => Assert.False(System.IO.Directory.Exists($"/proc/{pid}/fd") && Daemon.OpenFiles(pid).Count > 0, $"process {pid} is left"));
    }

    [Fact]
    public void A_kick_before_addresses_is_refused_or_waits()
    {
        using var share = new Share(Backing.Tmpfs, new() { FrontEnd = new() { RequestQueues = 1 } });
        using var kick = new EventFd();

        _ = share.Device.Connection.Acknowledged(SetVringKick, FrontEnd.U64(5), [kick.Fd]);
        kick.Signal();
        _ = share.Device.Connection.Acknowledged(SetVringEnable, FrontEnd.State(5, 1));

        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Fact]
    public void The_base_of_a_ring_can_be_asked_for_twice()
    {
        using var share = new Share(Backing.Tmpfs);
        var queue = share.Device.Queues[1];
        var available = queue.Ring.AvailIndex;

        Assert.Equal(available, share.Device.StopQueue(queue));
        Assert.Equal(available, share.Device.StopQueue(queue));
        queue.Reset();
        share.Device.StartQueue(queue);

        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Fact]
    public void Memory_that_is_taken_away_under_a_ring_harms_only_what_uses_it()
    {
        using var share = new Share(Backing.Tmpfs);
        var device = share.Device;
        foreach (var region in device.Memory.Regions)
            _ = device.Connection.Acknowledged(RemMemReg, FrontEnd.SingleRegion(region), []);
        device.Queues[1].Kick.Signal();

        Assert.NotEqual(VirtioFeatures.None, (VirtioFeatures)device.Connection.Exchange(GetFeatures).U64);
        foreach (var region in device.Memory.Regions)
            Assert.Equal(0UL, device.Connection.Acknowledged(AddMemReg, FrontEnd.SingleRegion(region), [region.Fd]));
        device.RestartQueue(device.Queues[1]);
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Fact]
    public void Memory_as_one_table_replaces_what_was_there()
    {
        using var share = new Share(Backing.Tmpfs, new() { FrontEnd = new() { ProtocolFeatures = ProtocolFeatures.MultiQueue | ProtocolFeatures.ReplyAck } });
        var regions = share.Device.Memory.Regions;
        var fds = regions.Select(r => r.Fd).ToArray();

        for (var i = 0; i < 50; i++)
            Assert.Equal(0UL, share.Device.Connection.Acknowledged(SetMemTable, FrontEnd.RegionTable([.. i % 2 == 0 ? regions.Reverse() : regions]), fds));

        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
        var mapped = share.Process.Processes().Max(pid => System.IO.File.ReadLines($"/proc/{pid}/maps").Count(m => m.Contains("memfd:guest", StringComparison.Ordinal)));
        Assert.InRange(mapped, 1, 2);
    }

    private static VhostFrontEnd.Wire.WireWriter Header(VhostUserRequest request, uint size, uint flags) =>
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
