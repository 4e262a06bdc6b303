using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Worker.Channel;

/// <summary>The keeper's end of one channel to the worker. Used by one thread at a time.</summary>
internal sealed unsafe class ChannelClient : IWorkerCalls, IDisposable
{
    private readonly FdSocket _socket;
    private readonly int _process;
    private readonly byte[] _buffer = new byte[ChannelRequest.MaxPacket];
    private readonly List<OwnedFd> _unexpected = [];

    /// <summary>Takes ownership of a connected SOCK_SEQPACKET socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="process">The worker's pidfd, not owned: its holder keeps the socket open when it is gone. −1 for none.</param>
    public ChannelClient(OwnedFd socket, int process = -1)
    {
        _socket = new FdSocket(socket);
        _process = process;
    }

    /// <inheritdoc/>
    /// <exception cref="WorkerDiedException">The worker is gone.</exception>
    public ulong Call(
        ChannelOperation operation, uint index = 0, ulong value = 0, ReadOnlySpan<byte> payload = default, ReadOnlySpan<int> fds = default) =>
        Call(operation, index, value, payload, fds, out _);

    /// <summary>Asks and waits for the answer and its data.</summary>
    /// <inheritdoc cref="IWorkerCalls.Call"/>
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
        var length = Exchange(ChannelRequest.TotalSize + payload.Length, fds);
        foreach (var fd in _unexpected)
            fd.Dispose();
        _unexpected.Clear();
        if (length < ChannelReply.TotalSize)
            throw new LinuxException(Errno.EPROTO, "worker", "short answer");
        var reply = MemoryMarshal.Read<ChannelReply>(_buffer);
        data = _buffer.AsSpan(ChannelReply.TotalSize, length - ChannelReply.TotalSize);
        return reply.Errno == 0
            ? reply.Value
            : throw new LinuxException((Errno)reply.Errno, operation.ToString(), Encoding.UTF8.GetString(data));
    }

    /// <summary>Receives what the worker sends by itself, before the first call.</summary>
    /// <returns>The descriptor that came along.</returns>
    /// <exception cref="WorkerDiedException">The worker is gone.</exception>
    /// <exception cref="LinuxException">EPROTO: it sent something else.</exception>
    public OwnedFd ReceiveFd()
    {
        AwaitAnswer();
        var fds = new List<OwnedFd>();
        if (_socket.Receive(_buffer, fds) == 1 && fds.Count == 1)
            return fds[0];
        foreach (var fd in fds)
            fd.Dispose();
        throw new LinuxException(Errno.EPROTO, "worker", "it sent no descriptor");
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private int Exchange(int size, ReadOnlySpan<int> fds)
    {
        try
        {
            _socket.Send(_buffer.AsSpan(0, size), fds);
            AwaitAnswer();
            var length = _socket.Receive(_buffer, _unexpected);
            return length > 0 ? length : throw new WorkerDiedException();
        }
        catch (LinuxException e) when (e.Errno is Errno.ECONNRESET or Errno.EPIPE)
        {
            throw new WorkerDiedException();
        }
    }

    private void AwaitAnswer()
    {
        var poll = stackalloc PollFd[2];
        while (true)
        {
            poll[0] = new PollFd { Fd = _socket.Fd, Events = Poll.POLLIN };
            poll[1] = new PollFd { Fd = _process, Events = Poll.POLLIN };
            if (Poll.poll(poll, 2, -1) < 0)
                continue;
            // An answer that was sent before the end counts.
            if (poll[0].Revents != 0)
                return;
            if (poll[1].Revents != 0)
                throw new WorkerDiedException();
        }
    }
}
