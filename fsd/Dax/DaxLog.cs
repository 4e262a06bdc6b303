using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Dax;

/// <summary>Events of the DAX window.</summary>
internal static partial class DaxLog
{
    [LoggerMessage(EventId = 100, Level = LogLevel.Information, Message = "the guest can map files of the host (DAX)")]
    public static partial void Offered(ILogger logger, long window);

    [LoggerMessage(EventId = 101, Level = LogLevel.Warning, Message = "no DAX: memory maps of files are not shared with other guests")]
    public static partial void Unavailable(ILogger logger, string reason);

    [LoggerMessage(EventId = 102, Level = LogLevel.Trace, Message = "mapped", SkipEnabledCheck = false)]
    public static partial void Mapped(ILogger logger, long offset, long length, long fileOffset, bool writable, bool scratch, int pieces);

    [LoggerMessage(EventId = 103, Level = LogLevel.Debug, Message = "what was to be unmapped was not mapped")]
    public static partial void NotMapped(ILogger logger, long offset, long length, string reason);

    [LoggerMessage(EventId = 104, Level = LogLevel.Error, Message = "a part of the DAX window could not be mapped again")]
    public static partial void MappingLost(ILogger logger, long offset, long length, string reason);

    [LoggerMessage(EventId = 105, Level = LogLevel.Warning, Message = "a file could not be mapped for the guest")]
    public static partial void MapFailed(ILogger logger, string reason);
}
