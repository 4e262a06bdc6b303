using System;
using System.IO;
using System.Net.Sockets;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Monitor.Serving;

/// <summary>A socket with a path that only its owner may open, from its first moment: it gets its mode before anybody listens.</summary>
internal sealed class OwnersSocket : IDisposable
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // .NET removes the path when the socket that it bound is disposed of.
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>Makes it, in place of one whose server has died.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="IOException">Somebody serves there, or the path does not do.</exception>
    public OwnersSocket(string path)
    {
        try
        {
            var place = new UnixDomainSocketEndPoint(path);
            if (IsServed(place))
                throw new IOException($"another monitor serves at {path}: stop it, or give this one another path");
            File.Delete(path);
            _socket.Bind(place);
            File.SetUnixFileMode(path, Mode);
        }
        catch (Exception e) when (e is SocketException or ArgumentOutOfRangeException or DirectoryNotFoundException)
        {
            throw new IOException($"{path} cannot be a socket: {e.Message}", e);
        }
    }

    /// <summary>A descriptor of it, for a server that listens and closes it.</summary>
    public ulong ForServer() => (ulong)OwnedFd.FromCall(Fcntl.fcntl(
        (int)_socket.Handle, Fcntl.F_DUPFD_CLOEXEC, 3), "fcntl", "F_DUPFD_CLOEXEC").Release();

    /// <summary>Removes the path.</summary>
    public void Dispose() => _socket.Dispose();

    private static bool IsServed(UnixDomainSocketEndPoint place)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(place);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
