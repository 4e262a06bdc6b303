using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Coherency.Sizes;

/// <summary>Events of telling guests of sizes.</summary>
internal static partial class SizeLog
{
    [LoggerMessage(EventId = 140, Level = LogLevel.Warning, Message = "a guest that has a file open was not told of its new size in time")]
    public static partial void NotTold(ILogger logger, string error);

    [LoggerMessage(EventId = 141, Level = LogLevel.Warning, Message = "the guest does not answer: until it does, others do not wait for it")]
    public static partial void GuestSilent(ILogger logger);

    [LoggerMessage(EventId = 142, Level = LogLevel.Information, Message = "the guest answers again")]
    public static partial void GuestAnswers(ILogger logger);

    [LoggerMessage(EventId = 143, Level = LogLevel.Error, Message = "the way to the guest is gone")]
    public static partial void GuestGone(ILogger logger, string reason);

    [LoggerMessage(EventId = 144, Level = LogLevel.Warning, Message = "files cannot be watched (sysctl fs.inotify.max_user_instances): what processes of the host append is seen after stat or open alone")]
    public static partial void NoWatches(ILogger logger, string error);

    [LoggerMessage(EventId = 145, Level = LogLevel.Warning, Message = "an open file is not watched: what processes of the host append to it and to further ones is seen after stat or open alone (sysctl fs.inotify.max_user_watches)")]
    public static partial void NotWatched(ILogger logger, string error, int watched);
}
