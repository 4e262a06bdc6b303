using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.VhostUser;

/// <summary>Requests of the back end to the front end (SET_BACKEND_REQ_FD), each with its answer. Used by one thread at a time.</summary>
/// <remarks>
/// The front end answers from the loop that also waits for our answers on the other channel, so the thread that answers there must never
/// wait for one that is in here.
/// </remarks>
internal sealed class BackEndChannel : IDisposable
{
    private const int AnswerSize = MessageHeader.TotalSize + sizeof(ulong);

    private readonly FdSocket _socket;
    private readonly byte[] _packet = new byte[MessageHeader.TotalSize + ShmemRange.TotalSize];
    private readonly List<OwnedFd> _unexpected = [];

    /// <summary>Takes ownership of the socket.</summary>
    /// <param name="socket">A connected SOCK_STREAM socket.</param>
    public BackEndChannel(OwnedFd socket) => _socket = new FdSocket(socket);

    /// <summary>Maps a part of a file. The answer comes before the guest's processors see it: <see cref="AwaitCommit"/> waits for that.</summary>
    /// <param name="range">What goes where.</param>
    /// <param name="file">The file; stays open here.</param>
    /// <exception cref="LinuxException">EREMOTEIO: the front end refused; else the connection broke.</exception>
    public void Map(in ShmemRange range, OwnedFd file) =>
        Ask(BackEndRequest.ShmemMap, MemoryMarshal.AsBytes(new ReadOnlySpan<ShmemRange>(in range)), [file.Fd]);

    /// <summary>Takes a mapping away.</summary>
    /// <param name="range">Region, offset and length as they were mapped.</param>
    /// <exception cref="LinuxException">As for <see cref="Map"/>.</exception>
    public void Unmap(in ShmemRange range) =>
        Ask(BackEndRequest.ShmemUnmap, MemoryMarshal.AsBytes(new ReadOnlySpan<ShmemRange>(in range)), []);

    /// <summary>
    /// Waits until what was mapped before is in force. QEMU changes the guest's memory some time after its answer, but before it takes
    /// the next request from this channel: so another one is asked for, one that changes nothing.
    /// </summary>
    /// <exception cref="LinuxException">As for <see cref="Map"/>.</exception>
    public void AwaitCommit() => Ask(BackEndRequest.ConfigChange, [], []);

    /// <summary>Ends the waiting of whoever waits for an answer. Of any thread.</summary>
    public void Shutdown() => _socket.Shutdown();

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Ask(BackEndRequest request, ReadOnlySpan<byte> payload, ReadOnlySpan<int> fds)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_packet, (uint)request);
        BinaryPrimitives.WriteUInt32LittleEndian(_packet.AsSpan(4), MessageHeader.Version | MessageHeader.NeedReply);
        BinaryPrimitives.WriteInt32LittleEndian(_packet.AsSpan(8), payload.Length);
        payload.CopyTo(_packet.AsSpan(MessageHeader.TotalSize));
        _socket.Send(_packet.AsSpan(0, MessageHeader.TotalSize + payload.Length), fds);

        Span<byte> answer = stackalloc byte[AnswerSize];
        var whole = _socket.ReceiveExactly(answer, _unexpected);
        foreach (var fd in _unexpected)
            fd.Dispose();
        _unexpected.Clear();
        if (!whole)
            throw new LinuxException(Errno.ECONNRESET, "front end", $"{request}: the channel was closed");
        var header = MemoryMarshal.Read<MessageHeader>(answer);
        if ((uint)header.Request != (uint)request || (header.Flags & MessageHeader.Reply) == 0 || header.Size != sizeof(ulong))
            throw new LinuxException(Errno.EPROTO, "front end", $"{request}: the answer is another's");
        var result = BinaryPrimitives.ReadUInt64LittleEndian(answer[MessageHeader.TotalSize..]);
        if (result != 0)
            throw new LinuxException(Errno.EREMOTEIO, "front end", $"{request} was refused ({(long)result})");
    }
}
