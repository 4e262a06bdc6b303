using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Logging;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Commands;

/// <summary>The server's log: logfmt lines into the bundle's <c>log</c> fifo, which containerd copies into its own.</summary>
/// <remarks>Never blocks: a line that finds the fifo full is lost.</remarks>
internal sealed unsafe class ShimLoggers : ILoggerFactory
{
    private readonly LogfmtLoggerProvider _provider;
    private readonly LogfmtLoggerProvider _fileProvider;
    private readonly SandboxLogFile _file;
    private readonly OwnedFd _fifo;
    private readonly LogLevel _least;

    /// <summary>Opens the fifo; without one, lines go nowhere.</summary>
    /// <param name="path">The fifo.</param>
    /// <param name="folder">The sandbox's state folder, which gets a log of its own.</param>
    /// <param name="least">Events below it are not written to the fifo, and below debug not to the folder.</param>
    /// <param name="fields">Fields that every line carries.</param>
    public ShimLoggers(string path, string folder, LogLevel least, params (string Name, string Value)[] fields)
    {
        // Open for reading too, so that there is no moment without a reader while containerd restarts.
        _fifo = new OwnedFd(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDWR | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, 0));
        _least = least;
        _provider = new LogfmtLoggerProvider(Write, fields);
        _file = new SandboxLogFile(folder);
        _fileProvider = new LogfmtLoggerProvider(_file.Write);
    }

    /// <summary>Level for a word of the settings (trace, debug, info, warning, error).</summary>
    /// <param name="word">The word; anything else means info.</param>
    public static LogLevel Level(string word) => word switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Both(
        new Filter(_provider.CreateLogger(categoryName), _least),
        new Filter(_fileProvider.CreateLogger(categoryName), _least < LogLevel.Debug ? _least : LogLevel.Debug));

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("a shim logs to one place");

    /// <inheritdoc/>
    public void Dispose()
    {
        _provider.Dispose();
        _fileProvider.Dispose();
        _file.Dispose();
        _fifo.Dispose();
    }

    private void Write(ReadOnlyMemory<byte> line)
    {
        if (_fifo.IsInvalid || _fifo.IsClosed)
            return;
        fixed (byte* bytes = line.Span)
            _ = Unistd.write(_fifo.Fd, bytes, (nuint)line.Length);
    }

    private sealed class Both(ILogger first, ILogger second) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => first.IsEnabled(logLevel) || second.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            first.Log(logLevel, eventId, state, exception, formatter);
            second.Log(logLevel, eventId, state, exception, formatter);
        }
    }

    private sealed class Filter(ILogger inner, LogLevel least) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
