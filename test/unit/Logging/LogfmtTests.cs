using System;
using System.IO;
using System.Text;
using KataShimNet.Logging;
using Microsoft.Extensions.Logging;
using Xunit;

namespace KataShimNet.UnitTests.Logging;

public sealed partial class LogfmtTests
{
    [Fact]
    public void ALineHasTheEventsFieldsAndTheFixedOnes()
    {
        var line = Write(log => LogStarted(log, "fsd", 12));
        Assert.Matches("^time=\\S+Z level=info msg=\"fsd started in 12 ms\" process=fsd elapsed=12 sandbox=abc\n$", line);
    }

    [Fact]
    public void AValueCannotBreakTheLine()
    {
        var line = Write(log => LogStarted(log, "a\"b\\c\nd e", 1));
        Assert.Contains("process=\"a\\\"b\\\\c\\nd e\"", line, StringComparison.Ordinal);
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
    }

    [Fact]
    public void AFailingStreamIsNoError()
    {
        var closed = new MemoryStream();
        closed.Dispose();
        using var provider = new LogfmtLoggerProvider(closed);
        LogStarted(provider.CreateLogger("x"), "fsd", 1);
    }

    private static string Write(Action<ILogger> act)
    {
        var output = new MemoryStream();
        using var provider = new LogfmtLoggerProvider(output, ("sandbox", "abc"));
        act(provider.CreateLogger("x"));
        return Encoding.UTF8.GetString(output.ToArray());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{process} started in {elapsed} ms")]
    private static partial void LogStarted(ILogger log, string process, int elapsed);
}
