using System;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.RuntimeConfig.Options;
using Polly;
using Polly.Timeout;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>Asks the agent again and again whether it is well. A guest that hangs keeps every process alive: only this finds out.</summary>
/// <param name="options">How often, and how long an answer may take.</param>
internal sealed class AgentHealth(AgentOptions options)
{
    // The answer comes from the agent's own service, whatever else it is busy with.
    private readonly ResiliencePipeline _check = new ResiliencePipelineBuilder { Name = "agent-health" }
        .AddTimeout(TimeSpan.FromSeconds(options.HealthTimeoutSeconds)).Build();

    /// <summary>Completes, with the reason, when an answer does not come in time.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="cancel">Ends the questions; the task then never completes with a reason.</param>
    /// <exception cref="OperationCanceledException">The questions were ended.</exception>
    public async Task<string> WatchAsync(GuestAgent agent, CancellationToken cancel)
    {
        if (options.HealthIntervalSeconds == 0)
            await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(false);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Max(1, options.HealthIntervalSeconds)));
        try
        {
            while (true)
            {
                await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false);
                await _check.ExecuteAsync(async token => await agent.CheckAsync(token).ConfigureAwait(false), cancel).ConfigureAwait(false);
            }
        }
        catch (TimeoutRejectedException)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"the guest hangs: its agent has not answered a health check for {options.HealthTimeoutSeconds} s");
        }
        catch (TtrpcException e)
        {
            return $"the agent fails a health check: {e.Message}";
        }
    }
}
