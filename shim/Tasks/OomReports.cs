using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Tasks;

/// <summary>Asks the agent, again and again, which container ran out of memory, and publishes it.</summary>
/// <param name="context">What tasks share.</param>
internal sealed partial class OomReports(TaskContext context)
{
    private int _started;

    /// <summary>Starts to ask; the sandbox runs. A repeated call does nothing.</summary>
    /// <param name="tasks">The containers.</param>
    public void Start(TaskRegistry tasks)
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
            _ = RunAsync(tasks);
    }

    private async Task RunAsync(TaskRegistry tasks)
    {
        try
        {
            while (true)
            {
                var happened = await context.Sandbox.Agent.CallAsync(
                    GuestContract.AgentService, "GetOOMEvent", new GetOOMEventRequest(), OOMEvent.Parser, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
                LogOom(context.Log, happened.ContainerId);
                tasks.Find(happened.ContainerId)?.Init.ReportOom();
            }
        }
        catch (TtrpcException e) when (e.Code == StatusCode.Unavailable)
        {
            // The sandbox has ended.
        }
        catch (TtrpcException e)
        {
            LogDeaf(context.Log, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "container {container} is over its memory limit: a process of it was killed")]
    private static partial void LogOom(ILogger log, string container);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the agent does not tell of containers that run out of memory: {reason}")]
    private static partial void LogDeaf(ILogger log, string reason);
}
