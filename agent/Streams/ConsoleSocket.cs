using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Streams;

/// <summary>Where crun hands over a terminal: it connects and sends the master side by SCM_RIGHTS (crun(1), --console-socket).</summary>
internal sealed unsafe class ConsoleSocket : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>Listens.</summary>
    /// <param name="path">Path of the socket; removed at the end.</param>
    public ConsoleSocket(string path)
    {
        Path = path;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(1);
        // crun has connected and sent before it ends: what is not there then will never come.
        _listener.Blocking = false;
    }

    /// <summary>Path of the socket.</summary>
    public string Path { get; }

    /// <summary>Takes the terminal, once crun has ended well.</summary>
    /// <returns>The master side, non-blocking.</returns>
    /// <exception cref="LinuxException">crun sent none.</exception>
    public OwnedFd Receive()
    {
        using var peer = new FdSocket(OwnedFd.FromCall(
            SysSocket.accept4((int)_listener.Handle, null, null, SysSocket.SOCK_CLOEXEC), "accept4", "console socket"));
        var fds = new List<OwnedFd>();
        Span<byte> name = stackalloc byte[256];
        _ = peer.Receive(name, fds);
        if (fds.Count != 1)
            throw new LinuxException(Errno.EBADMSG, "recvmsg", "console socket: no terminal came");
        Pipe.SetNonBlocking(fds[0]);
        return fds[0];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        File.Delete(Path);
    }
}
