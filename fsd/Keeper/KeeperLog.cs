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

    [LoggerMessage(EventId = 64, Level = LogLevel.Warning, Message = "the worker has ended; another takes its place")]
    public static partial void WorkerDied(ILogger logger, int worker, ChildExit exit);

    [LoggerMessage(EventId = 65, Level = LogLevel.Critical, Message = "the daemon cannot start")]
    public static partial void CannotStart(ILogger logger, string reason);

    [LoggerMessage(EventId = 66, Level = LogLevel.Critical, Message = "the daemon failed")]
    public static partial void Failed(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 67, Level = LogLevel.Information, Message = "a new worker has gone on where the last one stood")]
    public static partial void Resumed(ILogger logger, int worker, double milliseconds);

    [LoggerMessage(EventId = 68, Level = LogLevel.Error, Message = "a new worker could not go on")]
    public static partial void ResumeFailed(ILogger logger, string reason);

    [LoggerMessage(EventId = 69, Level = LogLevel.Critical, Message = "workers end again and again; the guest's file system is lost")]
    public static partial void WorkerLost(ILogger logger);

    [LoggerMessage(EventId = 70, Level = LogLevel.Information, Message = "the front end is gone; waiting for the next one")]
    public static partial void FrontEndGone(ILogger logger, string reason);

    [LoggerMessage(EventId = 39, Level = LogLevel.Warning, Message = "no table of the node, so guests keep nothing of shared files: {Reason}")]
    public static partial void NoNodeTable(ILogger logger, string reason);
}
