using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>Events between daemons of a node.</summary>
internal static partial class PeerLog
{
    [LoggerMessage(EventId = 120, Level = LogLevel.Warning, Message = "a connection of another daemon was closed")]
    public static partial void Closed(ILogger logger, string reason);

    [LoggerMessage(EventId = 121, Level = LogLevel.Error, Message = "a file could not be cut: another daemon of the node did not put its guest's maps aside")]
    public static partial void NotPutAside(ILogger logger, ulong inode, string error);

    [LoggerMessage(EventId = 122, Level = LogLevel.Error, Message = "a file has grown, but not every guest sees it")]
    public static partial void NotRestored(ILogger logger, ulong inode, string error);
}
