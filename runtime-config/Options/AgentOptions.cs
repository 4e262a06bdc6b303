namespace KataShimNet.RuntimeConfig.Options;

/// <summary>The agent in the guest, and how long it may take.</summary>
public sealed record AgentOptions
{
    /// <summary>Key <c>log_level</c>: trace, debug, info, warning, error.</summary>
    public string LogLevel { get; init; } = "info";

    /// <summary>Key <c>start_timeout_seconds</c>: from QEMU's start to the agent's first answer, 1 to 3600.</summary>
    public int StartTimeoutSeconds { get; init; } = 60;

    /// <summary>Key <c>request_timeout_seconds</c>: any other request, 1 to 3600.</summary>
    public int RequestTimeoutSeconds { get; init; } = 60;

    /// <summary>Key <c>health_interval_seconds</c>: how often the agent is asked whether it is well, 0 to 3600; 0 never.</summary>
    public int HealthIntervalSeconds { get; init; } = 5;

    /// <summary>Key <c>health_timeout_seconds</c>: how long the answer may take before the sandbox is ended, 1 to 3600.</summary>
    public int HealthTimeoutSeconds { get; init; } = 20;

    /// <summary>Key <c>kernel_modules</c>: modules that the guest loads at its start, each <c>NAME PARAMETER=VALUE …</c>.</summary>
    public string[] KernelModules { get; init; } = [];

    /// <summary>Key <c>debug_console</c>: whether <c>katanet exec --guest</c> runs programs in the guest's own root.</summary>
    public bool DebugConsole { get; init; }
}
