using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Logging;

/// <summary>Writes one logfmt line per event: time, level, msg, the event's own fields, then the fixed fields (sandbox, container).</summary>
/// <remarks>The form that containerd's own log has, so that lines relayed through the shim's <c>log</c> fifo read as one log.</remarks>
public sealed class LogfmtLoggerProvider : ILoggerProvider
{
    // Characters that make a value need quotes.
    private static readonly SearchValues<char> s_quoted = SearchValues.Create(" \"=\\\n\r\t");

    private readonly Action<ReadOnlyMemory<byte>> _write;
    private readonly string _suffix;

    /// <summary>Writes to a stream, line by line, each in one write.</summary>
    /// <param name="output">Where lines go; not closed by this object. Errors of it are swallowed: a log must never end what it reports on.</param>
    /// <param name="fields">Fields that every line carries, such as <c>sandbox</c>.</param>
    public LogfmtLoggerProvider(Stream output, params (string Name, string Value)[] fields)
        : this(line => WriteQuietly(output, line), fields)
    {
    }

    /// <summary>Hands each line, with its line feed, to a function. Calls do not overlap.</summary>
    /// <param name="write">Takes a line.</param>
    /// <param name="fields">Fields that every line carries.</param>
    public LogfmtLoggerProvider(Action<ReadOnlyMemory<byte>> write, params (string Name, string Value)[] fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var suffix = new StringBuilder();
        foreach (var (name, value) in fields)
            AppendField(suffix, name, value);
        _suffix = suffix.ToString();
        var gate = new object();
        _write = line =>
        {
            lock (gate)
                write(line);
        };
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LogfmtLogger(this);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static void WriteQuietly(Stream output, ReadOnlyMemory<byte> line)
    {
        try
        {
            output.Write(line.Span);
            output.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
        }
    }

    private static void AppendField(StringBuilder line, string name, string? value)
    {
        line.Append(' ').Append(name).Append('=');
        value ??= "";
        if (value.Length > 0 && !value.AsSpan().ContainsAny(s_quoted))
        {
            line.Append(value);
            return;
        }

        line.Append('"');
        foreach (var c in value)
        {
            switch (c)
            {
                case '"': line.Append("\\\""); break;
                case '\\': line.Append("\\\\"); break;
                case '\n': line.Append("\\n"); break;
                case '\r': line.Append("\\r"); break;
                default: line.Append(char.IsControl(c) ? ' ' : c); break;
            }
        }

        line.Append('"');
    }

    private sealed class LogfmtLogger(LogfmtLoggerProvider provider) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = new StringBuilder(200)
                .Append("time=").Append(DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture))
                .Append(" level=").Append(LevelName(logLevel));
            AppendField(line, "msg", formatter(state, exception));
            if (state is IReadOnlyList<KeyValuePair<string, object?>> fields)
            {
                foreach (var field in fields)
                {
                    if (field.Key != "{OriginalFormat}")
                        AppendField(line, field.Key, Convert.ToString(field.Value, CultureInfo.InvariantCulture));
                }
            }

            if (exception is not null)
                AppendField(line, "error", logLevel <= LogLevel.Debug ? exception.ToString() : $"{exception.GetType().Name}: {exception.Message}");
            line.Append(provider._suffix).Append('\n');
            provider._write(Encoding.UTF8.GetBytes(line.ToString()));
        }

        private static string LevelName(LogLevel level) => level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warning",
            LogLevel.Error => "error",
            _ => "fatal",
        };
    }
}
