using System;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Rings;

/// <summary>Events of the queues.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Debug, Message = "queue started")]
    public static partial void Started(ILogger logger, int queue, int size, uint next, int replayed, bool enabled);

    [LoggerMessage(EventId = 2, Level = LogLevel.Debug, Message = "queue stopped")]
    public static partial void Stopped(ILogger logger, int queue, uint next);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "the guest sent a request that cannot be followed; it was given back unread")]
    public static partial void Malformed(ILogger logger, int queue, RingFault fault, int head, long count);

    [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "the ring makes no sense; the queue serves nothing until it is started again")]
    public static partial void Broken(ILogger logger, int queue, RingFault fault, uint index);

    [LoggerMessage(EventId = 5, Level = LogLevel.Error, Message = "a request failed unexpectedly; it was given back without an answer")]
    public static partial void ProcessorFailed(ILogger logger, Exception exception, int queue);

    [LoggerMessage(EventId = 6, Level = LogLevel.Error, Message = "the queue has nobody to handle its requests and serves nothing")]
    public static partial void NoProcessor(ILogger logger, Exception exception, int queue);

    [LoggerMessage(EventId = 7, Level = LogLevel.Warning, Message = "a request hangs; the queue is stopped without it, and it stays in flight")]
    public static partial void Hanging(ILogger logger, int queue);

    [LoggerMessage(EventId = 8, Level = LogLevel.Error, Message = "workers died on the same request again and again; it is answered with EIO")]
    public static partial void Poisoned(ILogger logger, int queue, int head);
}

/// <summary>Reports malformed requests of one queue: the first few, then each time their number has doubled.</summary>
/// <param name="queue">The queue.</param>
/// <param name="logger">Log.</param>
internal sealed class QueueFaultLog(int queue, ILogger logger)
{
    private const int AlwaysReported = 8;

    private long _count;

    /// <summary>Reports one. Called by the queue's thread.</summary>
    /// <param name="fault">What is wrong.</param>
    /// <param name="head">The request.</param>
    public void Malformed(RingFault fault, ushort head)
    {
        _count++;
        if (_count <= AlwaysReported || (_count & (_count - 1)) == 0)
            QueueLog.Malformed(logger, queue, fault, head, _count);
    }
}
