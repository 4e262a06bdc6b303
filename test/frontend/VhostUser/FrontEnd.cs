using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Memory;
using KataShimNet.VhostFrontEnd.Rings;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.VhostFrontEnd.VhostUser;

/// <summary>QEMU's part: negotiates with a vhost-user back end, shares memory and starts the queues, in the order in which QEMU does it.</summary>
public sealed class FrontEnd : IDisposable
{
    private readonly List<VirtQueue> _queues = [];

    /// <summary>Takes a connection over; nothing is sent yet.</summary>
    /// <param name="connection">A new connection.</param>
    /// <param name="options">What to ask for.</param>
    public FrontEnd(VhostUserConnection connection, FrontEndOptions? options = null)
    {
        Connection = connection;
        Options = options ?? new FrontEndOptions();
        Connection.Timeout = Options.Timeout;
        Memory = new GuestMemory(Options.RegionSize);
    }

    /// <summary>The socket, for messages of one's own.</summary>
    public VhostUserConnection Connection { get; }

    /// <summary>What was asked for.</summary>
    public FrontEndOptions Options { get; }

    /// <summary>The guest's memory.</summary>
    public GuestMemory Memory { get; }

    /// <summary>Device features that the back end offers.</summary>
    public VirtioFeatures Offered { get; private set; }

    /// <summary>Device features in use.</summary>
    public VirtioFeatures Features { get; private set; }

    /// <summary>Protocol features that the back end offers.</summary>
    public ProtocolFeatures OfferedProtocolFeatures { get; private set; }

    /// <summary>Protocol features in use.</summary>
    public ProtocolFeatures ProtocolFeatures { get; private set; }

    /// <summary>Number of queues that the back end supports (GET_QUEUE_NUM), or 0 when it was not asked.</summary>
    public ulong QueueNumber { get; private set; }

    /// <summary>Our end of the back end's own request channel, when it was negotiated.</summary>
    public FdSocket? BackendChannel { get; private set; }

    /// <summary>The queues: 0 is the high-priority one.</summary>
    public IReadOnlyList<VirtQueue> Queues => _queues;

    /// <summary>Negotiates, shares memory and starts the queues.</summary>
    public FrontEnd Start()
    {
        Negotiate();
        ShareMemory();
        CreateQueues();
        foreach (var queue in _queues)
            StartQueue(queue);
        return this;
    }

    /// <summary>Features, protocol features, number of queues, ownership and the back end's channel.</summary>
    public void Negotiate()
    {
        Offered = (VirtioFeatures)Connection.Exchange(VhostUserRequest.GetFeatures).U64;
        Features = Offered & Options.Features;
        if (Features.HasFlag(VirtioFeatures.ProtocolFeatures))
        {
            OfferedProtocolFeatures = (ProtocolFeatures)Connection.Exchange(VhostUserRequest.GetProtocolFeatures).U64;
            ProtocolFeatures = OfferedProtocolFeatures & Options.ProtocolFeatures;
            Connection.Send(VhostUserRequest.SetProtocolFeatures, U64((ulong)ProtocolFeatures));
            if (Has(ProtocolFeatures.MultiQueue))
                QueueNumber = Connection.Exchange(VhostUserRequest.GetQueueNum).U64;
        }

        Request(VhostUserRequest.SetOwner, []);
        if (Has(ProtocolFeatures.BackendRequests))
        {
            var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
            BackendChannel = new FdSocket(ours);
            Request(VhostUserRequest.SetBackendReqFd, [], [theirs.Fd]);
            theirs.Dispose();
        }

        Request(VhostUserRequest.SetFeatures, U64((ulong)Features));
    }

    /// <summary>Tells the back end of the memory: region by region with CONFIGURE_MEM_SLOTS, otherwise as one table.</summary>
    public void ShareMemory()
    {
        if (Has(ProtocolFeatures.ConfigureMemSlots))
        {
            var slots = Connection.Exchange(VhostUserRequest.GetMaxMemSlots).U64;
            if (slots < (ulong)Memory.Regions.Count)
                throw new FrontEndException($"the back end offers {slots} memory slots");
            foreach (var region in Memory.Regions)
                Request(VhostUserRequest.AddMemReg, SingleRegion(region), [region.Fd]);
        }
        else
        {
            Request(VhostUserRequest.SetMemTable, RegionTable(Memory.Regions), Memory.Regions.Select(r => r.Fd).ToArray());
        }
    }

    /// <summary>Makes the queues, on our side only.</summary>
    /// <param name="count">How many, the high-priority one included; by default as the options say.</param>
    public void CreateQueues(int? count = null)
    {
        for (var i = 0; i < (count ?? Options.RequestQueues + 1); i++)
        {
            _queues.Add(new VirtQueue(
                Memory,
                i,
                Options.QueueSize,
                Features.HasFlag(VirtioFeatures.IndirectDescriptors),
                Features.HasFlag(VirtioFeatures.EventIndex),
                Features.HasFlag(VirtioFeatures.RingPacked)));
        }
    }

    /// <summary>Hands a queue to the back end and enables it.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="base">Where it begins: what <see cref="StopQueue"/> said, or null for empty rings.</param>
    public void StartQueue(VirtQueue queue, uint? @base = null)
    {
        var index = (uint)queue.Index;
        Request(VhostUserRequest.SetVringNum, State(index, queue.Size));
        Request(VhostUserRequest.SetVringBase, State(index, @base ?? (queue.Packed is null ? 0 : PackedLayout.FirstBase)));
        Request(VhostUserRequest.SetVringAddr, Addresses(queue));
        Request(VhostUserRequest.SetVringKick, U64(index), [queue.Kick.Fd]);
        Request(VhostUserRequest.SetVringCall, U64(index), [queue.Call.Fd]);
        if (Features.HasFlag(VirtioFeatures.ProtocolFeatures))
            Request(VhostUserRequest.SetVringEnable, State(index, 1));
    }

    /// <summary>Stops a queue (GET_VRING_BASE).</summary>
    /// <returns>Where the back end stopped: the available index; of a packed queue both indexes with their wrap counters.</returns>
    public uint StopQueue(VirtQueue queue)
    {
        var reply = Connection.Exchange(VhostUserRequest.GetVringBase, State((uint)queue.Index, 0));
        var reader = new WireReader(reply.Payload, "GET_VRING_BASE");
        var index = reader.U32();
        if (index != queue.Index || reply.Payload.Length != 8)
            throw new FrontEndException($"GET_VRING_BASE of queue {queue.Index} answered with queue {index}, {reply.Payload.Length} bytes");
        return reader.U32();
    }

    /// <summary>Stops a queue, empties its rings and starts it again.</summary>
    public void RestartQueue(VirtQueue queue)
    {
        _ = StopQueue(queue);
        queue.Reset();
        StartQueue(queue);
    }

    /// <summary>The device's configuration space: the tag and the number of request queues (GET_CONFIG).</summary>
    public (string Tag, uint RequestQueues) GetConfig()
    {
        const int size = 40;
        var reply = Connection.Exchange(VhostUserRequest.GetConfig, new WireWriter().U32(0).U32(size).U32(0).Zeros(size).ToArray());
        var reader = new WireReader(reply.Payload, "GET_CONFIG");
        if (reader.U32() != 0 || reader.U32() != size)
            throw new FrontEndException("GET_CONFIG answers another offset or size than was asked for");
        _ = reader.U32();
        var tag = Encoding.UTF8.GetString(reader.Bytes(36)).TrimEnd('\0');
        return (tag, reader.U32());
    }

    /// <summary>Sends a request that has no answer of its own; with REPLY_ACK its acknowledgement must be 0.</summary>
    public void Request(VhostUserRequest request, ReadOnlySpan<byte> payload, ReadOnlySpan<int> fds = default)
    {
        if (!Has(ProtocolFeatures.ReplyAck))
            Connection.Send(request, payload, fds);
        else if (Connection.Acknowledged(request, payload, fds) is var result and not 0)
            throw new FrontEndException($"the back end answers {request} with failure {(long)result}");
    }

    /// <summary>The bytes of SET_VRING_ADDR for a queue.</summary>
    public byte[] Addresses(VirtQueue queue) => new WireWriter()
        .U32((uint)queue.Index).U32(0)
        .U64(Memory.UserAddress(queue.Parts.Descriptors))
        .U64(Memory.UserAddress(queue.Parts.Device))
        .U64(Memory.UserAddress(queue.Parts.Driver))
        .U64(0)
        .ToArray();

    /// <summary>The bytes of a vring state: an index and a number.</summary>
    public static byte[] State(uint index, uint number) => new WireWriter().U32(index).U32(number).ToArray();

    /// <summary>The bytes of a u64 payload.</summary>
    public static byte[] U64(ulong value) => new WireWriter().U64(value).ToArray();

    /// <summary>The bytes of ADD_MEM_REG and REM_MEM_REG.</summary>
    public static byte[] SingleRegion(MemoryRegion region) => Region(new WireWriter().U64(0), region).ToArray();

    /// <summary>The bytes of SET_MEM_TABLE.</summary>
    public static byte[] RegionTable(IReadOnlyList<MemoryRegion> regions)
    {
        var table = new WireWriter().U32((uint)regions.Count).U32(0);
        foreach (var region in regions)
            Region(table, region);
        return table.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Connection.Dispose();
        BackendChannel?.Dispose();
        foreach (var queue in _queues)
            queue.Dispose();
        _queues.Clear();
        Memory.Dispose();
    }

    private bool Has(ProtocolFeatures feature) => (ProtocolFeatures & feature) != 0;

    private static WireWriter Region(WireWriter writer, MemoryRegion region) =>
        writer.U64(region.GuestAddress).U64(region.Size).U64(region.UserAddress).U64(region.FileOffset);
}
