using System.IO;
using System.Net.Sockets;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Commands;

/// <summary>The unix socket on which a sandbox's server is reached: <c>shim.sock</c> in the sandbox's state folder.</summary>
internal static class ServerSocket
{
    /// <summary>Name of the socket in the state folder.</summary>
    public const string FileName = "shim.sock";

    private const int Backlog = 128;

    /// <summary>Whether a server listens there.</summary>
    /// <param name="path">Path of the socket.</param>
    public static bool Answers(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Makes the socket, mode 0600, and listens. A stale file of that name is replaced: the caller holds the folder's lock.</summary>
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
