using System;
using System.IO;
using KataShimNet.Logging;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Agent.Boot;

/// <summary>The agent's log: lines on /dev/console, which the host reads, from a given level on.</summary>
internal sealed class AgentLog(ILogger inner, LogLevel least) : ILogger
{
    /// <summary>Opens the log.</summary>
    /// <param name="level">Level by name, as Kata has them: critical, error, warn, info, debug, trace. Anything else is info.</param>
    public static ILogger Open(string? level)
    {
        var console = new FileStream("/dev/console", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        return new AgentLog(new LogfmtLoggerProvider(console).CreateLogger("agent"), LevelOf(level));
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            inner.Log(logLevel, eventId, state, exception, formatter);
    }

    private static LogLevel LevelOf(string? name) => name switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "warn" or "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        "critical" => LogLevel.Critical,
        _ => LogLevel.Information,
    };
}
