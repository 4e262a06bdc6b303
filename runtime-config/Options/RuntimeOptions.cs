namespace KataShimNet.RuntimeConfig.Options;

/// <summary>The shim itself.</summary>
public sealed record RuntimeOptions
{
    /// <summary>Key <c>state_dir</c>: one folder per sandbox, absolute.</summary>
    public string StateDir { get; init; } = "/run/katanet";

    /// <summary>Key <c>log_level</c>: trace, debug, info, warning, error.</summary>
    public string LogLevel { get; init; } = "info";

    /// <summary>Key <c>output_grace_seconds</c>: how long a process waits for a reader of its output that went away before output is dropped, 0 to 3600.</summary>
    public int OutputGraceSeconds { get; init; } = 10;
}
