using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using KataShimNet.Fsd.Keeper;
using KataShimNet.Fsd.Rings;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Fsd.Worker;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Transport;

/// <summary>A whole back end in one process, session, keeper's record, channel and worker's device, behind a front end of the tests' own.</summary>
public sealed class SessionTests : IDisposable
{
    private const ulong Base = 0x10_0000;
    private const uint Version = MessageHeader.Version;

    private readonly FdSocket _front;
    private readonly FdSocket _back;
    private readonly ChannelClient _keeper;
    private readonly ChannelServer _worker;
    private readonly DeviceRecord _record;
    private readonly DeviceChannel _device;
    private readonly ScriptedServer _server = new();
    private readonly Task<Exception?> _session;
    private readonly Task _channel;

    public SessionTests()
    {
        var (front, back) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        (_front, _back) = (new FdSocket(front), new FdSocket(back));
        var (keeper, worker) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        _device = new DeviceChannel(_server, NullLogger.Instance);
        _keeper = new ChannelClient(keeper);
        _worker = new ChannelServer(worker, _device.Handle);
        _channel = Task.Factory.StartNew(_worker.Run, TaskCreationOptions.LongRunning);
        _record = new DeviceRecord(_keeper);
        _session = Task.Factory.StartNew(RunSession, TaskCreationOptions.LongRunning);
    }

    public void Dispose()
    {
        _front.Dispose();
        Assert.True(_session.Wait(TimeSpan.FromSeconds(10)));
        _back.Dispose();
        _keeper.Dispose();
        Assert.True(_channel.Wait(TimeSpan.FromSeconds(10)));
        _worker.Dispose();
        _device.Dispose();
        _record.Dispose();
    }

    [Fact]
    public void WhatIsOfferedIsWhatIsServed()
    {
        var features = Ask(FrontEndRequest.GetFeatures);
        Assert.Equal((1ul << 28) | (1ul << 29) | (1ul << 30) | (1ul << 32) | (1ul << 34), features);
        var protocol = Ask(FrontEndRequest.GetProtocolFeatures);
        Assert.Equal((1ul << 0) | (1 << 3) | (1 << 5) | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 13) | (1 << 15) | (1 << 16), protocol);
        Assert.Equal(64ul, Ask(FrontEndRequest.GetQueueNum));
        Assert.Equal(509ul, Ask(FrontEndRequest.GetMaxMemSlots));
    }

    [Fact]
    public void StatusIsKept()
    {
        Send(FrontEndRequest.SetStatus, 15ul);
        Assert.Equal(15ul, Ask(FrontEndRequest.GetStatus));
    }

    [Fact]
    public void TheConfigurationSpaceIsRead()
    {
        var payload = new byte[12 + 40];
        payload[4] = 40;
        SendBytes(FrontEndRequest.GetConfig, payload);
        var answer = Receive(FrontEndRequest.GetConfig);
        Assert.Equal(payload.Length, answer.Length);
        Assert.Equal("tag\0"u8.ToArray(), answer[12..16]);
        Assert.Equal(1, answer[12 + 36]);
    }

    [Fact]
    public void ARequestTravelsThroughTheWholeBackEnd()
    {
        using var memory = new GuestMemory(Base, 0x10000);
        using var kick = new EventFd();
        using var call = new EventFd();
        var ring = new GuestRing(memory);
        StartRing(memory, ring, kick, call);
        Send(FrontEndRequest.SetVringEnable, new VringState { Index = 1, Number = 1 });

        ring.Describe(0, ring.Buffers, 8, Descriptor.HasNext, 1);
        ring.Describe(1, ring.Buffers + 0x100, 8, Descriptor.Writable);
        ring.Offer(0);
        kick.Signal();
        ring.AwaitUsed(1);
        Assert.Equal((0u, 8u), ring.Used(0));

        Send(FrontEndRequest.GetVringBase, new VringState { Index = 1 });
        var state = MemoryMarshal.Read<VringState>(Receive(FrontEndRequest.GetVringBase));
        Assert.Equal((1u, 1u), (state.Index, state.Number));
        Send(FrontEndRequest.RemMemReg, Region(memory));
        Assert.Equal(0ul, Ask(FrontEndRequest.GetStatus));
    }

    [Fact]
    public void AResetStopsTheRingsAndForgetsTheFiles()
    {
        using var memory = new GuestMemory(Base, 0x10000);
        using var kick = new EventFd();
        using var call = new EventFd();
        var ring = new GuestRing(memory);
        StartRing(memory, ring, kick, call);
        AcknowledgeAll();
        Assert.Equal(0ul, AskWithReply<byte>(FrontEndRequest.ResetDevice, []));
        Assert.Equal(1, _server.Resets);
        // A running ring would refuse this.
        Assert.Equal(0ul, AskWithReply(FrontEndRequest.SetVringBase, [new VringState { Index = 1 }]));
    }

    [Fact]
    public void ATableOfRegionsReplacesAnother()
    {
        using var memory = new GuestMemory(Base, 0x10000);
        using var other = new GuestMemory(Base + 0x10_0000, 0x1000);
        AcknowledgeAll();
        byte[] payload =
        [
            2, 0, 0, 0, 0, 0, 0, 0,
            .. Bytes(Region(memory).Region),
            .. Bytes(Region(other).Region),
        ];
        SendBytes(FrontEndRequest.SetMemTable, payload, needReply: true, memory.File.Fd, other.File.Fd);
        Assert.Equal(0ul, MemoryMarshal.Read<ulong>(Receive(FrontEndRequest.SetMemTable)));
        // One of them twice does not go; and what was there before stays.
        SendBytes(FrontEndRequest.AddMemReg, Bytes(Region(other)), needReply: true, other.File.Fd);
        Assert.Equal(1ul, MemoryMarshal.Read<ulong>(Receive(FrontEndRequest.AddMemReg)));
        SendBytes(FrontEndRequest.RemMemReg, Bytes(Region(other)), needReply: true);
        Assert.Equal(0ul, MemoryMarshal.Read<ulong>(Receive(FrontEndRequest.RemMemReg)));
    }

    [Fact]
    public void WhatIsRefusedIsAnsweredWhereAnAnswerIsWanted()
    {
        AcknowledgeAll();
        Assert.Equal(1ul, AskWithReply(FrontEndRequest.SetFeatures, [1ul << 35]));
        Assert.Equal(1ul, AskWithReply(FrontEndRequest.SetProtocolFeatures, [1ul << 21]));
        Assert.Equal(1ul, AskWithReply(FrontEndRequest.SetVringNum, [new VringState { Index = 64, Number = 8 }]));
        Assert.Equal(1ul, AskWithReply(FrontEndRequest.SetVringNum, [new VringState { Index = 0, Number = 7 }]));
        Assert.Equal(1ul, AskWithReply(FrontEndRequest.SetVringBase, [new VringState { Index = 0, Number = 65536 }]));
        Assert.Equal(1ul, AskWithReply(FrontEndRequest.SetVringAddr, [new VringAddress { Flags = 1 }]));
        Assert.Equal(1ul, AskWithReply(FrontEndRequest.SetVringKick, [VringFd.NoFd]));
        Assert.Equal(1ul, AskWithReply((FrontEndRequest)9999, [1, 2, 3]));
        Assert.Equal(0ul, AskWithReply(FrontEndRequest.SetFeatures, [1ul << 32]));
    }

    [Fact]
    public void AKickThatIsNoEventfdIsRefused()
    {
        using var null_ = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, "/dev/null", Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0), "openat");
        AcknowledgeAll();
        SendBytes(FrontEndRequest.SetVringKick, Bytes(0ul), needReply: true, null_.Fd);
        Assert.Equal(1ul, MemoryMarshal.Read<ulong>(Receive(FrontEndRequest.SetVringKick)));
    }

    [Fact]
    public void ARingWithoutMemoryCannotStart()
    {
        using var kick = new EventFd();
        AcknowledgeAll();
        SendBytes(FrontEndRequest.SetVringKick, Bytes(0ul), needReply: true, kick.Fd);
        Assert.Equal(1ul, MemoryMarshal.Read<ulong>(Receive(FrontEndRequest.SetVringKick)));
    }

    public static TheoryData<string, uint, uint, byte[]> Malformed => new()
    {
        { "version 0", 1, 0, [] },
        { "an answer", 1, Version | MessageHeader.Reply, [] },
        { "payload where none is", 1, Version, [1] },
        { "payload too short", 2, Version, [1, 2, 3] },
        { "payload too long", 8, Version, new byte[9] },
        { "payload that never was", 2, Version, new byte[1025] },
        { "regions without payload", 5, Version, [1, 0, 0, 0, 0, 0, 0, 0] },
        { "more regions than possible", 5, Version, [255, 255, 255, 255, 0, 0, 0, 0] },
        { "configuration without header", 24, Version, [0] },
        { "configuration too large", 24, Version, [0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0] },
        { "kick without its descriptor", 12, Version, new byte[8] },
        { "enable neither on nor off", 18, Version, [0, 0, 0, 0, 2, 0, 0, 0] },
        { "unknown, no answer wanted", 9999, Version, [] },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task AMalformedMessageEndsTheConnection(string what, uint request, uint flags, byte[] payload)
    {
        var packet = new byte[12 + payload.Length];
        MemoryMarshal.Write(packet, new MessageHeader { Request = (FrontEndRequest)request, Flags = flags, Size = (uint)payload.Length });
        payload.CopyTo(packet, 12);
        _front.Send(packet);
        Assert.True(await _session.WaitAsync(TimeSpan.FromSeconds(10)) is VhostUserException, what);
    }

    [Fact]
    public async Task DescriptorsNobodyAskedForEndTheConnection()
    {
        using var fd = new EventFd();
        SendBytes(FrontEndRequest.SetOwner, [], needReply: false, fd.Fd);
        Assert.IsType<VhostUserException>(await _session.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    private Exception? RunSession()
    {
        using var session = new Session(_back, _record, new DeviceConfig("tag", 1), NullLogger.Instance);
        try
        {
            while (session.ServeNext())
            {
            }

            return null;
        }
        catch (Exception e) when (e is VhostUserException or LinuxException)
        {
            return e;
        }
    }

    private void StartRing(GuestMemory memory, GuestRing ring, EventFd kick, EventFd call)
    {
        Send(FrontEndRequest.SetFeatures, (1ul << 28) | (1ul << 29) | (1ul << 30) | (1ul << 32));
        SendBytes(FrontEndRequest.AddMemReg, Bytes(Region(memory)), needReply: false, memory.File.Fd);
        Send(FrontEndRequest.SetVringNum, new VringState { Index = 1, Number = ring.Setup.Size });
        Send(FrontEndRequest.SetVringBase, new VringState { Index = 1 });
        Send(FrontEndRequest.SetVringAddr, new VringAddress
        {
            Index = 1,
            Descriptors = ring.Setup.Descriptors,
            Available = ring.Setup.Available,
            Used = ring.Setup.Used,
        });
        SendBytes(FrontEndRequest.SetVringCall, Bytes(1ul), needReply: false, call.Fd);
        SendBytes(FrontEndRequest.SetVringKick, Bytes(1ul), needReply: false, kick.Fd);
    }

    private static SingleMemoryRegion Region(GuestMemory memory) => new()
    {
        Region = new MemoryRegionDescription
        {
            GuestAddress = memory.Record.GuestAddress,
            Size = memory.Record.Size,
            UserAddress = memory.Record.UserAddress,
        },
    };

    private void AcknowledgeAll() => Send(FrontEndRequest.SetProtocolFeatures, Ask(FrontEndRequest.GetProtocolFeatures));

    private ulong Ask(FrontEndRequest request)
    {
        SendBytes(request, []);
        return MemoryMarshal.Read<ulong>(Receive(request));
    }

    private ulong AskWithReply<T>(FrontEndRequest request, T[] payload)
        where T : unmanaged
    {
        SendBytes(request, MemoryMarshal.AsBytes(payload.AsSpan()).ToArray(), needReply: true);
        return MemoryMarshal.Read<ulong>(Receive(request));
    }

    private void Send<T>(FrontEndRequest request, T payload)
        where T : unmanaged => SendBytes(request, Bytes(payload));

    private static byte[] Bytes<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    private void SendBytes(FrontEndRequest request, byte[] payload, bool needReply = false, params int[] fds)
    {
        var packet = new byte[12 + payload.Length];
        var flags = Version | (needReply ? MessageHeader.NeedReply : 0);
        MemoryMarshal.Write(packet, new MessageHeader { Request = request, Flags = flags, Size = (uint)payload.Length });
        payload.CopyTo(packet, 12);
        _front.Send(packet, fds);
    }

    private byte[] Receive(FrontEndRequest request)
    {
        var fds = new List<OwnedFd>();
        var head = new byte[12];
        Assert.True(_front.ReceiveExactly(head, fds));
        var header = MemoryMarshal.Read<MessageHeader>(head);
        Assert.Equal((request, Version | MessageHeader.Reply), (header.Request, header.Flags));
        var payload = new byte[header.Size];
        if (payload.Length > 0)
            Assert.True(_front.ReceiveExactly(payload, fds));
        Assert.Empty(fds);
        return payload;
    }
}
