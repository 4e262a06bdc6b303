using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Worker.Channel;

/// <summary>The keeper's end of one channel to the worker. Used by one thread at a time.</summary>
internal sealed class ChannelClient : IDisposable
{
    private readonly FdSocket _socket;
    private readonly byte[] _buffer = new byte[ChannelRequest.MaxPacket];
    private readonly List<OwnedFd> _unexpected = [];

    /// <summary>Takes ownership of a connected SOCK_SEQPACKET socket.</summary>
    /// <param name="socket">The socket.</param>
    public ChannelClient(OwnedFd socket) => _socket = new FdSocket(socket);

    /// <summary>The number of the socket, for poll(2): it hangs up when the worker is gone.</summary>
    public int Fd => _socket.Fd;

    /// <summary>Asks and waits for the answer.</summary>
    /// <param name="operation">What is asked for.</param>
    /// <param name="index">The queue.</param>
    /// <param name="value">A number that depends on the operation.</param>
    /// <param name="payload">What follows.</param>
    /// <param name="fds">Descriptors; they stay open here.</param>
    /// <returns>The answer's number.</returns>
    /// <exception cref="LinuxException">The worker refused, or it is gone (ECONNRESET, EPIPE).</exception>
    public ulong Call(
        ChannelOperation operation, uint index = 0, ulong value = 0, ReadOnlySpan<byte> payload = default, ReadOnlySpan<int> fds = default) =>
        Call(operation, index, value, payload, fds, out _);

    /// <summary>Asks and waits for the answer and its data.</summary>
    /// <inheritdoc cref="Call(ChannelOperation, uint, ulong, ReadOnlySpan{byte}, ReadOnlySpan{int})"/>
    /// <param name="operation">What is asked for.</param>
    /// <param name="index">The queue.</param>
    /// <param name="value">A number that depends on the operation.</param>
    /// <param name="payload">What follows.</param>
    /// <param name="fds">Descriptors; they stay open here.</param>
    /// <param name="data">What followed the answer, valid until the next call.</param>
    public ulong Call(
        ChannelOperation operation, uint index, ulong value, ReadOnlySpan<byte> payload, ReadOnlySpan<int> fds, out ReadOnlySpan<byte> data)
    {
        var request = new ChannelRequest { Operation = operation, Index = index, Value = value };
        MemoryMarshal.Write(_buffer, request);
        payload.CopyTo(_buffer.AsSpan(ChannelRequest.TotalSize));
        _socket.Send(_buffer.AsSpan(0, ChannelRequest.TotalSize + payload.Length), fds);

        var length = _socket.Receive(_buffer, _unexpected);
        foreach (var fd in _unexpected)
            fd.Dispose();
        _unexpected.Clear();
        if (length == 0)
            throw new LinuxException(Errno.ECONNRESET, "worker", "it closed its channel");
        if (length < ChannelReply.TotalSize)
            throw new LinuxException(Errno.EPROTO, "worker", "short answer");
        var reply = MemoryMarshal.Read<ChannelReply>(_buffer);
        data = _buffer.AsSpan(ChannelReply.TotalSize, length - ChannelReply.TotalSize);
        return reply.Errno == 0
            ? reply.Value
            : throw new LinuxException((Errno)reply.Errno, operation.ToString(), Encoding.UTF8.GetString(data));
    }

    /// <summary>Asks with a structure as payload.</summary>
    /// <typeparam name="T">Its form.</typeparam>
    /// <inheritdoc cref="Call(ChannelOperation, uint, ulong, ReadOnlySpan{byte}, ReadOnlySpan{int})"/>
    public ulong Call<T>(ChannelOperation operation, uint index, in T payload, ReadOnlySpan<int> fds = default)
        where T : unmanaged =>
        Call(operation, index, 0, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in payload)), fds);

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
