using System;
using System.Collections.Generic;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>A connected unix socket that carries bytes together with file descriptors (unix(7), SCM_RIGHTS).</summary>
/// <remarks>Calls block. One thread may send while another receives.</remarks>
public sealed unsafe class FdSocket : IDisposable
{
    /// <summary>Most descriptors that one message can carry (SCM_MAX_FD).</summary>
    public const int MaxFds = 253;

    private const int CmsgHeaderSize = 16;

    private readonly OwnedFd _fd;

    /// <summary>Takes ownership of a connected socket.</summary>
    /// <param name="fd">The socket.</param>
    public FdSocket(OwnedFd fd) => _fd = fd;

    /// <summary>The number, for poll(2). Owned by this object.</summary>
    public int Fd => _fd.Fd;

    /// <summary>Two sockets that are connected with each other (socketpair(2)).</summary>
    /// <param name="type">SOCK_STREAM or SOCK_SEQPACKET.</param>
    public static (OwnedFd Ours, OwnedFd Theirs) CreatePair(int type)
    {
        var fds = stackalloc int[2];
        LinuxException.Check(SysSocket.socketpair(SysSocket.AF_UNIX, type | SysSocket.SOCK_CLOEXEC, 0, fds), "socketpair");
        return (new OwnedFd(fds[0]), new OwnedFd(fds[1]));
    }

    /// <summary>Sends all of <paramref name="data"/>, with descriptors attached to its first byte.</summary>
    /// <param name="data">At least one byte.</param>
    /// <param name="fds">Descriptors; they stay open here.</param>
    /// <exception cref="LinuxException">The peer is gone (EPIPE) or the message is too long (EMSGSIZE).</exception>
    public void Send(ReadOnlySpan<byte> data, ReadOnlySpan<int> fds = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fds.Length, MaxFds);
        var space = CmsgHeaderSize + ((fds.Length * sizeof(int) + 7) & ~7);
        var control = stackalloc byte[space];
        fixed (byte* bytes = data)
        {
            nuint sent = 0;
            while (sent < (nuint)data.Length)
            {
                var vector = new IoVec { Base = bytes + sent, Length = (nuint)data.Length - sent };
                var message = new Msghdr { Vectors = &vector, VectorCount = 1 };
                if (sent == 0 && fds.Length > 0)
                {
                    *(nuint*)control = (nuint)(CmsgHeaderSize + fds.Length * sizeof(int));
                    *(int*)(control + 8) = SysSocket.SOL_SOCKET;
                    *(int*)(control + 12) = SysSocket.SCM_RIGHTS;
                    fds.CopyTo(new Span<int>(control + CmsgHeaderSize, fds.Length));
                    message.Control = control;
                    message.ControlLength = (nuint)space;
                }

                var count = SysSocket.sendmsg(Fd, &message, SysSocket.MSG_NOSIGNAL);
                if (count < 0)
                {
                    var errno = LinuxException.LastErrno;
                    if (errno == Errno.EAGAIN)
                        WaitForRoom();
                    else if (errno != Errno.EINTR)
                        throw new LinuxException(errno, "sendmsg");
                    continue;
                }

                sent += (nuint)count;
            }
        }
    }

    /// <summary>Receives once: a packet, or what a stream holds.</summary>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="fds">Receives the descriptors that came along; the caller owns them.</param>
    /// <returns>Bytes received; 0 when the peer has closed.</returns>
    /// <exception cref="LinuxException">The connection is broken, or the message or its descriptors were cut (EMSGSIZE is reported as EBADMSG).</exception>
    public int Receive(Span<byte> buffer, IList<OwnedFd> fds)
    {
        ArgumentNullException.ThrowIfNull(fds);
        const int space = CmsgHeaderSize + (MaxFds + 1) * sizeof(int);
        var control = stackalloc byte[space];
        fixed (byte* bytes = buffer)
        {
            var vector = new IoVec { Base = bytes, Length = (nuint)buffer.Length };
            var message = new Msghdr { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = space };
            nint count;
            while ((count = SysSocket.recvmsg(Fd, &message, SysSocket.MSG_CMSG_CLOEXEC)) < 0)
            {
                var errno = LinuxException.LastErrno;
                if (errno != Errno.EINTR)
                    throw new LinuxException(errno, "recvmsg");
            }

            TakeDescriptors(message, fds);
            if ((message.Flags & (SysSocket.MSG_CTRUNC | SysSocket.MSG_TRUNC)) != 0)
                throw new LinuxException(Errno.EBADMSG, "recvmsg", "truncated message");
            return (int)count;
        }
    }

    /// <summary>Receives once from a peer that has no descriptors to send: those that come all the same are closed.</summary>
    /// <param name="buffer">Where the bytes go.</param>
    /// <returns>Bytes received; 0 when the peer has closed.</returns>
    /// <exception cref="LinuxException">As above.</exception>
    public int Receive(Span<byte> buffer)
    {
        var unexpected = new List<OwnedFd>();
        try
        {
            return Receive(buffer, unexpected);
        }
        finally
        {
            foreach (var fd in unexpected)
                fd.Dispose();
        }
    }

    /// <summary>Receives exactly as many bytes as <paramref name="buffer"/> holds, from a stream.</summary>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="fds">Receives the descriptors that came along; the caller owns them.</param>
    /// <returns>False when the peer closed before the first byte.</returns>
    /// <exception cref="LinuxException">The peer closed in the middle (EBADMSG), or the connection is broken.</exception>
    public bool ReceiveExactly(Span<byte> buffer, IList<OwnedFd> fds)
    {
        var got = 0;
        while (got < buffer.Length)
        {
            var count = Receive(buffer[got..], fds);
            if (count == 0)
                return got == 0 ? false : throw new LinuxException(Errno.EBADMSG, "recvmsg", "end of stream inside a message");
            got += count;
        }

        return true;
    }

    /// <summary>Ends both directions, so that a thread that waits in <see cref="Receive(Span{byte}, IList{OwnedFd})"/> returns.</summary>
    public void Shutdown()
    {
        // A closed number may be another file's by now.
        if (!_fd.IsClosed)
            _ = SysSocket.shutdown(Fd, SysSocket.SHUT_RDWR);
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();

    // Only a socket that somebody else made non-blocking comes here.
    private void WaitForRoom()
    {
        var wait = new PollFd { Fd = Fd, Events = Poll.POLLOUT };
        _ = Poll.poll(&wait, 1, -1);
    }

    private static void TakeDescriptors(in Msghdr message, IList<OwnedFd> fds)
    {
        var at = (byte*)message.Control;
        var end = at + message.ControlLength;
        while (at + CmsgHeaderSize <= end)
        {
            var length = *(nuint*)at;
            if (length < CmsgHeaderSize || at + length > end)
                break;
            if (*(int*)(at + 8) == SysSocket.SOL_SOCKET && *(int*)(at + 12) == SysSocket.SCM_RIGHTS)
            {
                var numbers = (int*)(at + CmsgHeaderSize);
                for (nuint i = 0; i < (length - CmsgHeaderSize) / sizeof(int); i++)
                    fds.Add(new OwnedFd(numbers[i]));
            }

            at += (length + 7) & ~(nuint)7;
        }
    }
}
