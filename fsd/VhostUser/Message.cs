using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.VhostUser;

/// <summary>One message of the front end: header, payload and the descriptors that came along.</summary>
/// <remarks>Descriptors that nobody takes (<see cref="TakeFd"/>) are closed by <see cref="Clear"/>.</remarks>
internal sealed class Message
{
    /// <summary>Most payload that any served message has, with room to spare; a larger one is malformed.</summary>
    public const int MaxPayload = 1024;

    private readonly byte[] _payload = new byte[MaxPayload];

    /// <summary>The header.</summary>
    public MessageHeader Header { get; private set; }

    /// <summary>Descriptors that came along and were not taken. Owned by this object.</summary>
    public List<OwnedFd> Fds { get; } = [];

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Payload => _payload.AsSpan(0, (int)Header.Size);

    /// <summary>Whether an answer is wanted where none is due.</summary>
    public bool NeedsReply => (Header.Flags & MessageHeader.NeedReply) != 0;

    /// <summary>Receives the next message.</summary>
    /// <param name="socket">The connection.</param>
    /// <returns>False when the front end has closed the connection.</returns>
    /// <exception cref="VhostUserException">The message is malformed.</exception>
    /// <exception cref="LinuxException">The connection broke.</exception>
    public bool Receive(FdSocket socket)
    {
        Clear();
        Span<byte> head = stackalloc byte[MessageHeader.TotalSize];
        if (!socket.ReceiveExactly(head, Fds))
            return false;
        Header = MemoryMarshal.Read<MessageHeader>(head);
        if ((Header.Flags & MessageHeader.VersionMask) != MessageHeader.Version)
            throw VhostUserException.Malformed($"{Name}: version {Header.Flags & MessageHeader.VersionMask} of the protocol, expected {MessageHeader.Version}");
        if ((Header.Flags & MessageHeader.Reply) != 0)
            throw VhostUserException.Malformed($"{Name}: marked as an answer, but nothing was asked");
        if (Header.Size > MaxPayload)
        {
            var size = Header.Size;
            Header = Header with { Size = 0 };
            throw VhostUserException.Malformed($"{Name}: payload of {size} bytes, at most {MaxPayload} are possible");
        }

        if (Header.Size > 0 && !socket.ReceiveExactly(_payload.AsSpan(0, (int)Header.Size), Fds))
            throw VhostUserException.Malformed($"{Name}: the connection ended before the payload");
        return true;
    }

    /// <summary>Name of the request, for people.</summary>
    public string Name => Enum.IsDefined(Header.Request) ? Header.Request.ToString() : $"request {(uint)Header.Request}";

    /// <summary>Reads the payload as a whole.</summary>
    /// <typeparam name="T">Its form.</typeparam>
    /// <exception cref="VhostUserException">Its size is another.</exception>
    public T Read<T>()
        where T : unmanaged
    {
        ExpectSize(Unsafe.SizeOf<T>());
        return MemoryMarshal.Read<T>(Payload);
    }

    /// <summary>Checks the size of the payload.</summary>
    /// <param name="size">Bytes expected.</param>
    /// <exception cref="VhostUserException">It is another.</exception>
    public void ExpectSize(int size)
    {
        if (Payload.Length != size)
            throw VhostUserException.Malformed($"{Name}: payload of {Payload.Length} bytes, expected {size}");
    }

    /// <summary>Checks the number of descriptors.</summary>
    /// <param name="count">How many are expected.</param>
    /// <exception cref="VhostUserException">It is another.</exception>
    public void ExpectFds(int count)
    {
        if (Fds.Count != count)
            throw VhostUserException.Malformed($"{Name}: {Fds.Count} descriptors came along, expected {count}");
    }

    /// <summary>Takes the first descriptor: the caller owns it.</summary>
    public OwnedFd TakeFd()
    {
        var fd = Fds[0];
        Fds.RemoveAt(0);
        return fd;
    }

    /// <summary>Closes descriptors that nobody took.</summary>
    public void Clear()
    {
        foreach (var fd in Fds)
            fd.Dispose();
        Fds.Clear();
    }

    /// <summary>Sends an answer to this message.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="fds">Descriptors that go along; they stay open here.</param>
    public void Reply(FdSocket socket, ReadOnlySpan<byte> payload, ReadOnlySpan<int> fds = default)
    {
        Span<byte> packet = stackalloc byte[MessageHeader.TotalSize + payload.Length];
        var header = new MessageHeader
        {
            Request = Header.Request,
            Flags = MessageHeader.Version | MessageHeader.Reply,
            Size = (uint)payload.Length,
        };
        MemoryMarshal.Write(packet, header);
        payload.CopyTo(packet[MessageHeader.TotalSize..]);
        socket.Send(packet, fds);
    }

    /// <summary>Sends an answer of one structure.</summary>
    /// <typeparam name="T">Its form.</typeparam>
    /// <param name="socket">The connection.</param>
    /// <param name="payload">The structure.</param>
    /// <param name="fds">Descriptors that go along; they stay open here.</param>
    public void Reply<T>(FdSocket socket, in T payload, ReadOnlySpan<int> fds = default)
        where T : unmanaged =>
        Reply(socket, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in payload)), fds);
}
