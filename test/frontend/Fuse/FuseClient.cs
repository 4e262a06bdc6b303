using System;
using System.Collections.Generic;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.VhostUser;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>The guest kernel's part: typed FUSE calls over a virtio-fs device. Copies made with <c>with</c> or <see cref="As"/> share the device.</summary>
/// <param name="Session">The device.</param>
public sealed partial record FuseClient(FuseSession Session)
{
    /// <summary>Bytes of struct fuse_in_header.</summary>
    public const int InHeaderSize = 40;

    /// <summary>Bytes of struct fuse_out_header.</summary>
    public const int OutHeaderSize = 16;

    /// <summary>Uses a front end that was started.</summary>
    public FuseClient(FrontEnd frontEnd)
        : this(new FuseSession(frontEnd))
    {
    }

    /// <summary>Who asks.</summary>
    public uint Uid { get; init; }

    /// <summary>Group of who asks.</summary>
    public uint Gid { get; init; }

    /// <summary>Process that asks.</summary>
    public uint Pid { get; init; } = 4711;

    /// <summary>Queue that requests go to.</summary>
    public int Queue { get; init; } = 1;

    /// <summary>Sizes of the pieces of what the device reads; the last is repeated. The default is header and rest, as Linux does it.</summary>
    public IReadOnlyList<int> ReadableSizes { get; init; } = [InHeaderSize, int.MaxValue];

    /// <summary>Sizes of the pieces of what the device writes; the last is repeated.</summary>
    public IReadOnlyList<int> WritableSizes { get; init; } = [OutHeaderSize, int.MaxValue];

    /// <summary>The same client for another user.</summary>
    public FuseClient As(uint uid, uint gid) => this with { Uid = uid, Gid = gid };

    /// <summary>Bytes of a request, its header filled in truthfully.</summary>
    public byte[] Request(FuseOpcode opcode, ulong nodeId, ReadOnlySpan<byte> arguments, ulong? unique = null) => new WireWriter()
        .U32((uint)(InHeaderSize + arguments.Length)).U32((uint)opcode).U64(unique ?? Session.NextUnique()).U64(nodeId)
        .U32(Uid).U32(Gid).U32(Pid).U16(0).U16(0)
        .Bytes(arguments)
        .ToArray();

    /// <summary>Sends a request and checks the header of its reply.</summary>
    /// <param name="opcode">Operation.</param>
    /// <param name="nodeId">Node.</param>
    /// <param name="arguments">What follows the header.</param>
    /// <param name="room">Bytes of answer that fit, without the header.</param>
    public FuseReply Call(FuseOpcode opcode, ulong nodeId, ReadOnlySpan<byte> arguments, int room)
    {
        var unique = Session.NextUnique();
        var what = $"{opcode} of node {nodeId} (unique {unique})";
        var reply = Raw(Request(opcode, nodeId, arguments, unique), OutHeaderSize + room, what);
        if (reply.Written < OutHeaderSize)
            throw new FrontEndException($"{what}: the reply has {reply.Written} bytes");
        var reader = new WireReader(reply.Bytes.AsSpan(0, (int)reply.Written), what);
        var (length, error, answered) = (reader.U32(), (int)reader.U32(), reader.U64());
        if (length != reply.Written || answered != unique || error is > 0 or <= -4096 || (error != 0 && length != OutHeaderSize))
            throw new FrontEndException($"{what}: reply header {{len {length}, error {error}, unique {answered}}} with {reply.Written} bytes written");
        return new FuseReply((Errno)(-error), reader.Rest.ToArray(), reply.Written);
    }

    /// <summary>Sends a request that has no reply, and waits until the daemon has taken it.</summary>
    public void CallWithoutReply(FuseOpcode opcode, ulong nodeId, ReadOnlySpan<byte> arguments, int queue)
    {
        var what = $"{opcode} of node {nodeId}";
        var reply = (this with { Queue = queue }).Raw(Request(opcode, nodeId, arguments), 0, what);
        if (reply.Written != 0)
            throw new FrontEndException($"{what}: {reply.Written} bytes are said to be written for a request without reply");
    }

    /// <summary>Sends bytes as they are and returns what came, unchecked.</summary>
    /// <param name="request">The readable part.</param>
    /// <param name="room">Bytes of the writable part.</param>
    /// <param name="what">What is sent, for messages.</param>
    public RawReply Raw(ReadOnlySpan<byte> request, int room, string what) =>
        Session.Exchange(Queue, request, [.. ReadableSizes], room, [.. WritableSizes], what);

    private delegate T Reader<out T>(ref WireReader reader);

    private FuseResult<T> Call<T>(FuseOpcode opcode, ulong nodeId, ReadOnlySpan<byte> arguments, int room, Reader<T> read)
    {
        var reply = Call(opcode, nodeId, arguments, room);
        if (reply.Errno != Errno.None)
            return new FuseResult<T>(reply.Errno, default, opcode.ToString());
        var reader = new WireReader(reply.Data, opcode.ToString());
        var value = read(ref reader);
        return reader.Rest.IsEmpty
            ? new FuseResult<T>(Errno.None, value, opcode.ToString())
            : throw new FrontEndException($"{opcode}: {reader.Rest.Length} bytes follow the answer");
    }

    private FuseResult<FuseEntry> CallForEntry(FuseOpcode opcode, ulong nodeId, WireWriter arguments) =>
        Call(opcode, nodeId, arguments.ToArray(), 128, FuseEntry.Read);

    private Errno CallForNothing(FuseOpcode opcode, ulong nodeId, ReadOnlySpan<byte> arguments)
    {
        var reply = Call(opcode, nodeId, arguments, 0);
        return reply.Data.Length == 0 ? reply.Errno : throw new FrontEndException($"{opcode}: an answer where none belongs");
    }
}
