using System;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Fuse;

/// <summary>Log lines of the FUSE side.</summary>
internal sealed partial class FuseLog(ILogger logger)
{
    private readonly ILogger _logger = logger;

    [LoggerMessage(1, LogLevel.Error, "request failed: {Opcode} of node {Node}")]
    public partial void RequestFailed(Exception exception, Opcode opcode, ulong node);

    [LoggerMessage(2, LogLevel.Information, "session begins: FUSE 7.{Minor}, flags 0x{Flags:x}")]
    public partial void SessionBegins(uint minor, ulong flags);

    [LoggerMessage(3, LogLevel.Warning, "export {Export} was removed while requests still use it; its mount stays until they end")]
    public partial void ExportStillBusy(string export);
}
