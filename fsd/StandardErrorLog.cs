using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Logging;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd;

/// <summary>The log of both processes: one line per event on standard error.</summary>
internal static class StandardErrorLog
{
    /// <summary>Makes a logger.</summary>
    /// <param name="level">Least level that is written.</param>
    /// <param name="process">Which of the two processes writes.</param>
    /// <param name="sandbox">Name of the sandbox, or an empty string.</param>
    public static ILogger Create(LogLevel level, string process, string sandbox)
    {
        Action<ReadOnlyMemory<byte>> write = SystemLog.IsStandardError() ? WriteMessage : Write;
        var provider = sandbox.Length == 0
            ? new LogfmtLoggerProvider(write, ("process", process))
            : new LogfmtLoggerProvider(write, ("process", process), ("sandbox", sandbox));
        return new LeastLevelLogger(provider.CreateLogger("fsd"), level);
    }

    // One datagram is one message, without a line feed.
    private static void WriteMessage(ReadOnlyMemory<byte> line) => Write((byte[])[.. SystemLog.Header(line.Span), .. line.Span.TrimEnd((byte)'\n')]);

    // A log that cannot be written must not end what it reports on.
    private static unsafe void Write(ReadOnlyMemory<byte> line)
    {
        fixed (byte* bytes = line.Span)
        {
            nint done = 0;
            while (done < line.Length)
            {
                var count = Unistd.write(2, bytes + done, (nuint)(line.Length - done));
                if (count < 0 && LinuxException.LastErrno != Errno.EINTR)
                    return;
                done += Math.Max(count, 0);
            }
        }
    }

    private sealed class LeastLevelLogger(ILogger inner, LogLevel least) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least && inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
