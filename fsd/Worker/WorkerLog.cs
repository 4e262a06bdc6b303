using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Worker;

/// <summary>Events of the worker process.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(EventId = 40, Level = LogLevel.Debug, Message = "worker serves")]
    public static partial void Serving(ILogger logger, ServedTree tree, int pid);
}
