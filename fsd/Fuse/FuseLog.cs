using System;
using System.Threading;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Fuse;

/// <summary>Log lines of the FUSE side.</summary>
internal sealed partial class FuseLog(ILogger logger)
{
    private const int SessionIntervalMilliseconds = 1000;

    private readonly ILogger _logger = logger;
    private long _nextSessionLine;

    [LoggerMessage(1, LogLevel.Error, "request failed: {Opcode} of node {Node}")]
    public partial void RequestFailed(Exception exception, Opcode opcode, ulong node);

    /// <summary>A session begins. At most one line a second: a guest can send INIT as often as it likes, and the log is the host's disk.</summary>
    /// <param name="minor">Minor version of the guest.</param>
    /// <param name="flags">Flags that are in force.</param>
    public void SessionBegins(uint minor, ulong flags)
    {
        var now = Environment.TickCount64;
        if (now < Volatile.Read(ref _nextSessionLine))
            return;
        Volatile.Write(ref _nextSessionLine, now + SessionIntervalMilliseconds);
        SessionBeginsLine(minor, flags);
    }

    [LoggerMessage(4, LogLevel.Error, "the guest's kernel cannot what --posix-acl or --security-label demands: it offers 0x{Flags:x}")]
    public partial void GuestLacksOption(ulong flags);

    [LoggerMessage(3, LogLevel.Warning, "export {Export} was removed while requests still use it; its mount stays until they end")]
    public partial void ExportStillBusy(string export);

    [LoggerMessage(5, LogLevel.Debug, "a request about mappings of the DAX window failed: {Error}")]
    public partial void MappingFailed(Linux.Errno error);

    [LoggerMessage(2, LogLevel.Information, "session begins: FUSE 7.{Minor}, flags 0x{Flags:x}")]
    private partial void SessionBeginsLine(uint minor, ulong flags);
}
