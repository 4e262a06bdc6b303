using System;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd;

/// <summary>
/// The system's log (syslog(3)): standard error becomes a datagram socket connected to /dev/log, in the keeper and so in its workers, and
/// each line a message.
/// </summary>
internal static unsafe class SystemLog
{
    // LOG_DAEMON, from the upper bits of a priority.
    private const int Daemon = 3 << 3;

    /// <summary>Puts the socket in the place of standard error.</summary>
    /// <returns>False when nobody listens there; then nothing has changed.</returns>
    public static bool TryReplaceStandardError()
    {
        var address = stackalloc byte[110];
        new Span<byte>(address, 110).Clear();
        *(ushort*)address = SysSocket.AF_UNIX;
        var path = "/dev/log"u8;
        path.CopyTo(new Span<byte>(address + 2, path.Length));
        using var socket = new OwnedFd(SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_DGRAM | SysSocket.SOCK_CLOEXEC, 0));
        return !socket.IsInvalid
            && SysSocket.connect(socket.Fd, address, (uint)(2 + path.Length + 1)) == 0
            && Unistd.dup2(socket.Fd, 2) == 2;
    }

    /// <summary>Whether standard error is such a socket.</summary>
    public static bool IsStandardError()
    {
        int type;
        var size = (uint)sizeof(int);
        return SysSocket.getsockopt(2, SysSocket.SOL_SOCKET, SysSocket.SO_TYPE, &type, &size) == 0 && type == SysSocket.SOCK_DGRAM;
    }

    /// <summary>What begins a message: priority and name.</summary>
    /// <param name="line">The line, whose level is its second field.</param>
    public static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> line) =>
        Encoding.UTF8.GetBytes($"<{Daemon | Severity(line)}>katanet-fsd[{Environment.ProcessId}]: ");

    private static int Severity(ReadOnlySpan<byte> line) =>
        line.IndexOf(" level=fatal "u8) >= 0 ? 2
        : line.IndexOf(" level=error "u8) >= 0 ? 3
        : line.IndexOf(" level=warn"u8) >= 0 ? 4
        : line.IndexOf(" level=info "u8) >= 0 ? 6
        : 7;
}
