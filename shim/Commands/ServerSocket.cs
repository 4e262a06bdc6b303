using System;
using System.IO;
using System.IO.Hashing;
using System.Net.Sockets;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.Commands;

/// <summary>The unix socket on which a sandbox's server is reached. It lies beside the sandbox's state folder: the server outlives that.</summary>
internal static class ServerSocket
{
    /// <summary>Longest path of a unix socket that containerd and unix(7) take.</summary>
    public const int MaxPath = 106;

    private const int Backlog = 128;

    /// <summary>The socket's path: the state folder's with <c>.sock</c>; where that is too long, the sandbox's part is hashed.</summary>
    /// <param name="identity">The sandbox.</param>
    /// <param name="options">Says where state lies.</param>
    /// <exception cref="InvalidOperationException">The state folder's own path is too long.</exception>
    public static string PathOf(SandboxIdentity identity, RuntimeOptions options)
    {
        var path = identity.StateFolder(options) + ".sock";
        if (Encoding.UTF8.GetByteCount(path) <= MaxPath)
            return path;
        var name = Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(Path.GetFileName(path))));
        path = Path.Combine(options.StateDir, $"{name}.sock");
        return Encoding.UTF8.GetByteCount(path) <= MaxPath
            ? path
            : throw new InvalidOperationException($"runtime.state_dir: {options.StateDir} is too long for the sockets in it; choose a path of at most 60 bytes");
    }

    /// <summary>Whether a server listens there.</summary>
    /// <param name="path">Path of the socket.</param>
    public static bool Answers(string path)
    {
        using var socket = TryConnect(path);
        return socket is not null;
    }

    /// <summary>Connects to the server, or returns null when there is none.</summary>
    /// <param name="path">Path of the socket.</param>
    public static Socket? TryConnect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>Makes the socket, mode 0600, and listens. A stale file of that name is replaced: the caller holds the lock.</summary>
    /// <param name="path">Path of the socket.</param>
    /// <exception cref="LinuxException">It cannot be made.</exception>
    public static unsafe OwnedFd Listen(string path)
    {
        File.Delete(path);
        var fd = OwnedFd.FromCall(SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_CLOEXEC, 0), "socket");
        try
        {
            var address = new UnixDomainSocketEndPoint(path).Serialize();
            // The mode is right from the first moment: nobody can connect between bind and a chmod.
            var mask = SysStat.umask(0x7f);
            try
            {
                fixed (byte* bytes = address.Buffer.Span)
                    LinuxException.Check(SysSocket.bind(fd.Fd, bytes, (uint)address.Size), "bind", path);
            }
            finally
            {
                _ = SysStat.umask(mask);
            }

            LinuxException.Check(SysSocket.listen(fd.Fd, Backlog), "listen", path);
            return fd;
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    }
}
