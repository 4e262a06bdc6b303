using System;
using System.Runtime.InteropServices;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>
/// The asking end of a connection to another daemon. At most one request is out on it: one that was given up is waited for before the
/// next is sent, so a peer that hangs never has more than one of ours, and no send blocks.
/// </summary>
/// <remarks>Used by the thread that holds <see cref="Gate"/>.</remarks>
internal sealed class PeerLink : IDisposable
{
    private readonly FdSocket _socket;
    private uint _serial;

    /// <summary>Takes ownership of a connected SOCK_SEQPACKET socket.</summary>
    /// <param name="peer">Who answers on it.</param>
    /// <param name="socket">The socket.</param>
    public PeerLink(PeerId peer, FdSocket socket)
    {
        Peer = peer;
        _socket = socket;
    }

    /// <summary>Held for a whole exchange. Of several links, that of the lower slot is taken first.</summary>
    public object Gate { get; } = new();

    /// <summary>Who answers.</summary>
    public PeerId Peer { get; }

    /// <summary>The number, for poll(2). Owned by this object.</summary>
    public int Fd => _socket.Fd;

    /// <summary>Whether an answer is still to come, perhaps to a request that was given up.</summary>
    public bool Awaits { get; private set; }

    /// <summary>Whether the peer has closed the connection: it does so by its end alone.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether it was closed because the peer does not keep to the protocol: it may well live.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Sends a request; no answer may be outstanding.</summary>
    /// <param name="request">The request; its serial number is set here.</param>
    public void Send(PeerRequest request)
    {
        request.Serial = ++_serial;
        try
        {
            _socket.Send(MemoryMarshal.AsBytes(new ReadOnlySpan<PeerRequest>(in request)));
            Awaits = true;
        }
        catch (LinuxException)
        {
            IsClosed = true;
        }
    }

    /// <summary>Takes an answer; to be called when there is something to read.</summary>
    /// <param name="error">What the peer answered.</param>
    /// <returns>False when the connection is closed, or the peer does not keep to the protocol, which closes it.</returns>
    public bool TryReceive(out Errno error)
    {
        error = Errno.None;
        var reply = default(PeerReply);
        try
        {
            var length = _socket.Receive(MemoryMarshal.AsBytes(new Span<PeerReply>(ref reply)));
            if (length == PeerReply.TotalSize && reply.Serial == _serial)
            {
                Awaits = false;
                error = (Errno)reply.Errno;
                return true;
            }

            IsBroken = length != 0;
        }
        catch (LinuxException e) when (e.Errno == Errno.EBADMSG)
        {
            IsBroken = true;
        }
        catch (LinuxException)
        {
            // Reset by its end.
        }

        IsClosed = true;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
