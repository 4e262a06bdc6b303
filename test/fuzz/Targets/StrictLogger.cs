using System;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fuzz.Targets;

/// <summary>A log in which an error is a finding: the daemon survives an exception of a handler, but no input may cause one.</summary>
internal sealed class StrictLogger : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error)
            throw new FuzzException(formatter(state, exception), exception);
    }
}
