using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Worker.Channel;

/// <summary>A request as the worker sees it.</summary>
/// <param name="header">Its start.</param>
/// <param name="payload">What followed.</param>
/// <param name="fds">Descriptors that came along; those that nobody takes are closed after the answer.</param>
internal readonly ref struct ChannelCall(ChannelRequest header, ReadOnlySpan<byte> payload, List<OwnedFd> fds)
{
    /// <summary>What is asked for.</summary>
    public ChannelOperation Operation { get; } = header.Operation;

    /// <summary>The queue.</summary>
    public uint Index { get; } = header.Index;

    /// <summary>A number that depends on the operation.</summary>
    public ulong Value { get; } = header.Value;

    /// <summary>What followed.</summary>
    public ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>Number of descriptors that are left.</summary>
    public int FdCount => fds.Count;

    /// <summary>Takes the next descriptor: the caller owns it.</summary>
    /// <exception cref="LinuxException">EPROTO: there is none.</exception>
    public OwnedFd TakeFd()
    {
        if (fds.Count == 0)
            throw new LinuxException(Errno.EPROTO, "channel", $"{Operation} came without its descriptor");
        var fd = fds[0];
        fds.RemoveAt(0);
        return fd;
    }

    /// <summary>Reads a structure of the payload.</summary>
    /// <typeparam name="T">Its form.</typeparam>
    /// <param name="position">Which one, when several follow one another.</param>
    /// <exception cref="LinuxException">EPROTO: the payload is too short.</exception>
    public T Read<T>(int position = 0)
        where T : unmanaged
    {
        var size = Unsafe.SizeOf<T>();
        return Payload.Length >= (position + 1) * size
            ? MemoryMarshal.Read<T>(Payload[(position * size)..])
            : throw new LinuxException(Errno.EPROTO, "channel", $"{Operation} came with {Payload.Length} bytes");
    }
}

/// <summary>Answers the keeper's requests on one channel, one by one.</summary>
internal sealed class ChannelServer : IDisposable
{
    /// <summary>Handles a request.</summary>
    /// <param name="call">The request.</param>
    /// <param name="data">Room for data of the answer.</param>
    /// <param name="length">Bytes of data.</param>
    /// <returns>The answer's number.</returns>
    public delegate ulong Handler(ChannelCall call, Span<byte> data, out int length);

    private readonly FdSocket _socket;
    private readonly Handler _handler;

    /// <summary>Takes ownership of a connected SOCK_SEQPACKET socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="handler">Handles each request; a <see cref="LinuxException"/> of it becomes the answer.</param>
    public ChannelServer(OwnedFd socket, Handler handler)
    {
        _socket = new FdSocket(socket);
        _handler = handler;
    }

    /// <summary>Serves until the keeper closes its end.</summary>
    public void Run()
    {
        var buffer = new byte[ChannelRequest.MaxPacket];
        var answer = new byte[ChannelRequest.MaxPacket];
        var fds = new List<OwnedFd>();
        int length;
        while ((length = Receive(buffer, fds)) > 0)
        {
            var size = Answer(buffer.AsSpan(0, length), fds, answer);
            foreach (var fd in fds)
                fd.Dispose();
            fds.Clear();
            if (!Send(answer.AsSpan(0, size)))
                return;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    // A keeper that was killed resets the connection when packets were left unread; that is its end like any other.
    private int Receive(byte[] buffer, List<OwnedFd> fds)
    {
        try
        {
            return _socket.Receive(buffer, fds);
        }
        catch (LinuxException e) when (e.Errno == Errno.ECONNRESET)
        {
            return 0;
        }
    }

    // Whoever asked may have been killed meanwhile.
    private bool Send(ReadOnlySpan<byte> answer)
    {
        try
        {
            _socket.Send(answer);
            return true;
        }
        catch (LinuxException e) when (e.Errno is Errno.EPIPE or Errno.ECONNRESET)
        {
            return false;
        }
    }

    private int Answer(ReadOnlySpan<byte> packet, List<OwnedFd> fds, Span<byte> answer)
    {
        var data = answer[ChannelReply.TotalSize..];
        var reply = default(ChannelReply);
        int length;
        try
        {
            if (packet.Length < ChannelRequest.TotalSize)
                throw new LinuxException(Errno.EPROTO, "channel", "short request");
            var call = new ChannelCall(MemoryMarshal.Read<ChannelRequest>(packet), packet[ChannelRequest.TotalSize..], fds);
            reply.Value = _handler(call, data, out length);
        }
        catch (LinuxException e)
        {
            reply.Errno = (int)e.Errno;
            // A message that does not fit is cut; 512 bytes are enough for any of ours.
            length = Encoding.UTF8.TryGetBytes(e.Message, data[..512], out var written) ? written : 0;
        }

        MemoryMarshal.Write(answer, reply);
        return ChannelReply.TotalSize + length;
    }
}
