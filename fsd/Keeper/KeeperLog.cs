using System;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Keeper;

/// <summary>Events of the keeper process.</summary>
internal static partial class KeeperLog
{
    [LoggerMessage(EventId = 60, Level = LogLevel.Information, Message = "waiting for a front end")]
    public static partial void Listening(ILogger logger, string socket);

    [LoggerMessage(EventId = 61, Level = LogLevel.Information, Message = "a front end is connected")]
    public static partial void Connected(ILogger logger, int worker);

    [LoggerMessage(EventId = 62, Level = LogLevel.Information, Message = "the daemon ends")]
    public static partial void Ending(ILogger logger, string reason);

    [LoggerMessage(EventId = 63, Level = LogLevel.Error, Message = "the vhost-user connection had to be ended")]
    public static partial void ConnectionFailed(ILogger logger, string reason);

    [LoggerMessage(EventId = 64, Level = LogLevel.Critical, Message = "the worker has ended; the guest's file system is lost")]
    public static partial void WorkerDied(ILogger logger, int worker, ChildExit exit);

    [LoggerMessage(EventId = 65, Level = LogLevel.Critical, Message = "the daemon cannot start")]
    public static partial void CannotStart(ILogger logger, string reason);

    [LoggerMessage(EventId = 66, Level = LogLevel.Critical, Message = "the daemon failed")]
    public static partial void Failed(ILogger logger, Exception exception);
}
