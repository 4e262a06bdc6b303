using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.VhostFrontEnd.VhostUser;

/// <summary>The front end's side of a vhost-user socket: messages out, answers in, each wait with a limit.</summary>
/// <remarks>One thread at a time.</remarks>
public sealed unsafe class VhostUserConnection : IDisposable
{
    /// <summary>Protocol version 1, which every header carries.</summary>
    public const uint Version = 1;

    /// <summary>Header bit: this is an answer.</summary>
    public const uint ReplyFlag = 4;

    /// <summary>Header bit: an acknowledgement is wanted (REPLY_ACK).</summary>
    public const uint NeedReplyFlag = 8;

    private readonly FdSocket _socket;

    /// <summary>Takes ownership of a connected stream socket.</summary>
    public VhostUserConnection(OwnedFd socket) => _socket = new FdSocket(socket);

    /// <summary>Longest wait for an answer.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Connects to the unix socket of a daemon that may still be starting.</summary>
    /// <param name="path">Path of the socket.</param>
    /// <param name="timeout">Longest wait for the daemon to listen.</param>
    public static VhostUserConnection Connect(string path, TimeSpan timeout)
    {
        var name = Encoding.UTF8.GetBytes(path);
        var address = stackalloc byte[110];
        new Span<byte>(address, 110).Clear();
        *(ushort*)address = SysSocket.AF_UNIX;
        name.CopyTo(new Span<byte>(address + 2, 108));
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var socket = OwnedFd.FromCall(SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_CLOEXEC, 0), "socket");
            if (SysSocket.connect(socket.Fd, address, 110) == 0)
                return new VhostUserConnection(socket);
            var errno = LinuxException.LastErrno;
            socket.Dispose();
            if (errno is not (Errno.ENOENT or Errno.ECONNREFUSED) || clock.Elapsed > timeout)
                throw new LinuxException(errno, "connect", path);
            // There is nothing to wait on before the socket exists.
            _ = Poll.poll(null, 0, 5);
        }
    }

    /// <summary>Sends a message.</summary>
    /// <param name="request">Its type.</param>
    /// <param name="payload">What follows the header.</param>
    /// <param name="fds">Descriptors that go along; they stay the caller's.</param>
    /// <param name="needReply">Whether to ask for an acknowledgement.</param>
    public void Send(VhostUserRequest request, ReadOnlySpan<byte> payload, ReadOnlySpan<int> fds = default, bool needReply = false) =>
        SendRaw(Header((uint)request, Version | (needReply ? NeedReplyFlag : 0), (uint)payload.Length).Bytes(payload).ToArray(), fds);

    /// <summary>Sends bytes as they are, for messages that break the protocol.</summary>
    public void SendRaw(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> fds = default) => _socket.Send(bytes, fds);

    /// <summary>A header as given, right or wrong.</summary>
    public static WireWriter Header(uint request, uint flags, uint size) => new WireWriter().U32(request).U32(flags).U32(size);

    /// <summary>Receives the next answer.</summary>
    /// <exception cref="TimeoutException">None came.</exception>
    /// <exception cref="LinuxException">The back end closed the connection (ECONNRESET).</exception>
    public VhostUserReply Receive(string waitingFor)
    {
        var fds = new List<OwnedFd>();
        var header = new byte[12];
        ReceiveExactly(header, fds, waitingFor);
        var reader = new WireReader(header, waitingFor);
        var request = (VhostUserRequest)reader.U32();
        var flags = reader.U32();
        var size = reader.U32();
        if (size > 64 * 1024)
            throw new FrontEndException($"{waitingFor}: an answer of {size} bytes was announced");
        var payload = new byte[size];
        if (size > 0)
            ReceiveExactly(payload, fds, waitingFor);
        return new VhostUserReply(request, flags, payload, fds);
    }

    /// <summary>Sends a message and waits for the answer of its own type.</summary>
    public VhostUserReply Exchange(VhostUserRequest request, ReadOnlySpan<byte> payload = default, ReadOnlySpan<int> fds = default)
    {
        Send(request, payload, fds);
        return ReceiveFor(request);
    }

    /// <summary>Sends a message with need-reply and returns the acknowledgement: 0 is success.</summary>
    public ulong Acknowledged(VhostUserRequest request, ReadOnlySpan<byte> payload, ReadOnlySpan<int> fds = default)
    {
        Send(request, payload, fds, needReply: true);
        return ReceiveFor(request).U64;
    }

    /// <summary>Waits for what the back end does next; an answer is thrown away.</summary>
    /// <returns>True when it closes the connection, false when it answers, null when it does neither in time.</returns>
    public bool? EndsNext(TimeSpan timeout)
    {
        if (!WaitReadable(timeout))
            return null;
        var fds = new List<OwnedFd>();
        try
        {
            return _socket.Receive(new byte[4096], fds) == 0;
        }
        catch (LinuxException e) when (e.Errno == Errno.ECONNRESET)
        {
            return true;
        }
        finally
        {
            fds.ForEach(f => f.Dispose());
        }
    }

    /// <summary>Whether the back end closes the connection within a time; answers that come before are thrown away.</summary>
    public bool IsClosedWithin(TimeSpan timeout)
    {
        var clock = Stopwatch.StartNew();
        var fds = new List<OwnedFd>();
        var buffer = new byte[4096];
        while (WaitReadable(timeout - clock.Elapsed))
        {
            try
            {
                if (_socket.Receive(buffer, fds) == 0)
                    return true;
            }
            catch (LinuxException e) when (e.Errno == Errno.ECONNRESET)
            {
                return true;
            }
            finally
            {
                fds.ForEach(f => f.Dispose());
                fds.Clear();
            }
        }

        return false;
    }

    /// <summary>Ends both directions; the back end reads what was sent, then the end.</summary>
    public void Shutdown() => _socket.Shutdown();

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Shutdown();
        _socket.Dispose();
    }

    private VhostUserReply ReceiveFor(VhostUserRequest request)
    {
        var reply = Receive(request.ToString());
        if (reply.Request != request || reply.Flags != (Version | ReplyFlag))
            throw new FrontEndException($"{request}: the answer is of type {reply.Request} with flags 0x{reply.Flags:x}");
        return reply;
    }

    private void ReceiveExactly(Span<byte> target, List<OwnedFd> fds, string waitingFor)
    {
        for (var got = 0; got < target.Length;)
        {
            if (!WaitReadable(Timeout))
                throw new TimeoutException($"vhost-user: no answer to {waitingFor} within {Timeout.TotalSeconds} s");
            var count = _socket.Receive(target[got..], fds);
            if (count == 0)
                throw new LinuxException(Errno.ECONNRESET, "recvmsg", $"the daemon closed the connection instead of answering {waitingFor}");
            got += count;
        }
    }

    private bool WaitReadable(TimeSpan timeout)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var poll = new PollFd { Fd = _socket.Fd, Events = Poll.POLLIN };
            var left = Math.Max(0, (int)(timeout - clock.Elapsed).TotalMilliseconds);
            var result = Poll.poll(&poll, 1, left);
            if (result >= 0 || LinuxException.LastErrno != Errno.EINTR)
                return result > 0;
        }
    }
}
