using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using KataShimNet.Linux;
using KataShimNet.Shim.Sandboxes.Children;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Commands;

/// <summary>
/// The program that takes gRPC calls and passes them to the server's ttRPC socket. A web server inside the shim would cost every pod
/// its memory, and hardly anybody asks for gRPC.
/// </summary>
internal static partial class GrpcDoor
{
    /// <summary>Descriptor on which <c>serve</c> finds the listening socket for gRPC, when it is asked for.</summary>
    public const int ListeningFd = 4;

    private const string Name = "katanet-grpc";
    private const int TheirFd = 3;

    /// <summary>The program: it lies beside the shim.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public static string Program()
    {
        var path = Path.Combine(Path.GetDirectoryName(Environment.ProcessPath) ?? "/", Name);
        return File.Exists(path) ? path : throw new InvalidOperationException($"containerd.protocol: grpc needs the program {path}: install it, or write ttrpc");
    }

    /// <summary>Starts it. It ends with this process.</summary>
    /// <param name="socket">Path of the server's socket; it listens.</param>
    /// <param name="log">Gets what it prints.</param>
    /// <exception cref="LinuxException">It cannot be started.</exception>
    public static SandboxChild Start(string socket, ILogger log)
    {
        using var listening = new OwnedFd(ListeningFd);
        return SandboxChild.Start(
            Name,
            [Program(), TheirFd.ToString(CultureInfo.InvariantCulture), socket],
            new Dictionary<int, OwnedFd> { [TheirFd] = listening },
            line => LogLine(log, line));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the gRPC door: {line}")]
    private static partial void LogLine(ILogger log, string line);
}
