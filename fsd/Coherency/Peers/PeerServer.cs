using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>The thread that takes connections of other daemons and answers what they ask, one request at a time.</summary>
internal sealed class PeerServer : IDisposable
{
    private const int StackBytes = 256 * 1024;

    private readonly OwnedFd _listener;
    private readonly PeerLinks _links;
    private readonly IPeerRequests _requests;
    private readonly ILogger _logger;
    private readonly EventFd _wake = new();
    private readonly List<OwnedFd> _fds = [];

    // Guards the list while connections are added from outside; the thread alone takes them out.
    private readonly Lock _lock = new();
    private readonly List<FdSocket> _added = [];

    // Of the thread.
    private readonly List<Incoming> _incoming = [];
    private PollFd[] _polled = [];
    private volatile bool _end;
    private Thread? _thread;

    /// <summary>Prepares; <see cref="Start"/> has to follow.</summary>
    /// <param name="listener">Listens for daemons that start later; owned from here on.</param>
    /// <param name="links">Receives connections on which we ask.</param>
    /// <param name="requests">Does what is asked.</param>
    /// <param name="logger">Log.</param>
    public PeerServer(OwnedFd listener, PeerLinks links, IPeerRequests requests, ILogger logger)
    {
        _listener = listener;
        _links = links;
        _requests = requests;
        _logger = logger;
    }

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        _thread = new Thread(Run, StackBytes) { IsBackground = true, Name = "peers" };
        _thread.Start();
    }

    /// <summary>Answers on a connection that we made ourselves. Of any thread.</summary>
    /// <param name="connection">The connection; owned from here on.</param>
    public void Answer(FdSocket connection)
    {
        lock (_lock)
            _added.Add(connection);
        _wake.Signal();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end = true;
        _wake.Signal();
        _thread?.Join();
        foreach (var connection in _incoming)
            connection.Socket.Dispose();
        foreach (var socket in _added)
            socket.Dispose();
        _listener.Dispose();
        _wake.Dispose();
    }

    private unsafe void Run()
    {
        while (!_end)
        {
            lock (_lock)
            {
                foreach (var socket in _added)
                    _incoming.Add(new Incoming(socket, answers: true));
                _added.Clear();
            }

            var watched = _links.Snapshot();
            var count = Arrange(watched);
            fixed (PollFd* fds = _polled)
            {
                if (Poll.poll(fds, (nuint)count, -1) < 0)
                    continue;
            }

            if (_polled[1].Revents != 0)
                _ = _wake.Wait();
            for (var i = _incoming.Count - 1; i >= 0; i--)
            {
                if (_polled[2 + i].Revents != 0 && !Serve(_incoming[i]))
                    _incoming.RemoveAt(i);
            }

            for (var i = 0; i < watched.Count; i++)
            {
                if ((_polled[count - watched.Count + i].Revents & (Poll.POLLHUP | Poll.POLLERR)) != 0)
                    _links.Remove(watched[i]);
            }

            if (_polled[0].Revents != 0 && PeerSocket.TryAccept(_listener) is { } accepted)
                _incoming.Add(new Incoming(new FdSocket(accepted), answers: false));
        }
    }

    // Listener, wake, connections of others, and our links: of these only the end is of interest here.
    private int Arrange(IReadOnlyList<PeerLink> watched)
    {
        var count = 2 + _incoming.Count + watched.Count;
        if (_polled.Length < count)
            _polled = new PollFd[count * 2];
        _polled[0] = new PollFd { Fd = _listener.Fd, Events = Poll.POLLIN };
        _polled[1] = new PollFd { Fd = _wake.Fd, Events = Poll.POLLIN };
        var at = 2;
        foreach (var connection in _incoming)
            _polled[at++] = new PollFd { Fd = connection.Socket.Fd, Events = Poll.POLLIN };
        foreach (var link in watched)
            _polled[at++] = new PollFd { Fd = link.Fd };
        return count;
    }

    // False when the connection is no longer the thread's.
    private bool Serve(Incoming connection)
    {
        Span<byte> packet = stackalloc byte[PeerRequest.TotalSize];
        try
        {
            var length = connection.Socket.Receive(packet, _fds);
            foreach (var fd in _fds)
                fd.Dispose();
            _fds.Clear();
            if (length == 0)
            {
                connection.Socket.Dispose();
                return false;
            }

            if (!connection.Answers)
                return Greet(connection, packet[..length]);
            if (length != PeerRequest.TotalSize || MemoryMarshal.Read<PeerRequest>(packet) is not { IsValid: true } request)
                throw new LinuxException(Errno.EPROTO, "peer", $"packet of {length} bytes");
            var reply = new PeerReply { Serial = request.Serial, Errno = (int)_requests.Handle(request) };
            connection.Socket.Send(MemoryMarshal.AsBytes(new ReadOnlySpan<PeerReply>(in reply)));
            return true;
        }
        catch (LinuxException e)
        {
            PeerLog.Closed(_logger, e.Message);
            connection.Socket.Dispose();
            return false;
        }
    }

    private bool Greet(Incoming connection, ReadOnlySpan<byte> packet)
    {
        if (packet.Length != PeerHello.TotalSize || MemoryMarshal.Read<PeerHello>(packet) is not { IsValid: true } hello)
            throw new LinuxException(Errno.EPROTO, "peer", "no greeting that we understand");
        connection.Answers = hello.Direction == PeerDirection.ConnectorAsks;
        if (connection.Answers)
            return true;
        _links.Add(new PeerLink(new PeerId(hello.Slot, hello.Generation), connection.Socket));
        return false;
    }

    // A connection; before its greeting nobody knows who asks on it.
    private sealed class Incoming(FdSocket socket, bool answers)
    {
        public FdSocket Socket { get; } = socket;

        public bool Answers { get; set; } = answers;
    }
}
