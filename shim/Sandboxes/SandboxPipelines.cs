using System;
using KataShimNet.RuntimeConfig.Options;
using Polly;
using Polly.Retry;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>The time-outs of a sandbox, by name.</summary>
/// <param name="options">Settings.</param>
internal sealed class SandboxPipelines(AgentOptions options)
{
    /// <summary><c>agent-start</c>: from the start of QEMU until the agent has made the sandbox.</summary>
    public ResiliencePipeline AgentStart { get; } = Timeout("agent-start", TimeSpan.FromSeconds(options.StartTimeoutSeconds));

    /// <summary><c>agent-request</c>: any other request to the agent.</summary>
    public ResiliencePipeline AgentRequest { get; } = Timeout("agent-request", TimeSpan.FromSeconds(options.RequestTimeoutSeconds));

    /// <summary><c>agent-goodbye</c>: a request whose answer would be nice to have while everything is torn down.</summary>
    public ResiliencePipeline AgentGoodbye { get; } = Timeout("agent-goodbye", TimeSpan.FromSeconds(2));

    /// <summary><c>death-notice</c>: how long to look for the death behind a lost connection.</summary>
    public ResiliencePipeline DeathNotice { get; } = Timeout("death-notice", TimeSpan.FromSeconds(2));

    /// <summary><c>boot-again</c>: one more boot after a panic of the guest's kernel.</summary>
    public ResiliencePipeline BootAgain { get; } = new ResiliencePipelineBuilder { Name = "boot-again" }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 1,
            Delay = TimeSpan.Zero,
            ShouldHandle = new PredicateBuilder().Handle<EarlyPanicException>(),
        })
        .Build();

    private static ResiliencePipeline Timeout(string name, TimeSpan timeout) =>
        new ResiliencePipelineBuilder { Name = name }.AddTimeout(timeout).Build();
}
