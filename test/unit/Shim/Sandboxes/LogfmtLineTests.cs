using System.Collections.Generic;
using System.IO;
using System.Text;
using KataShimNet.Logging;
using KataShimNet.Shim.Sandboxes.Children;
using Microsoft.Extensions.Logging;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Sandboxes;

public sealed class LogfmtLineTests
{
    [Fact]
    public void ALineBecomesAnEventWithItsFields()
    {
        var line = LogfmtLine.Parse("""time=2026-11-22T23:34:46Z level=warning msg="export \"a\" added" export=guest note="two\nlines" empty="" process=keeper""");
        Assert.Equal((LogLevel.Warning, "export \"a\" added"), (line.Level, line.Message));
        Assert.Equal(
            [new("export", "guest"), new("note", "two\nlines"), new("empty", ""), new KeyValuePair<string, object?>("process", "keeper")], line);
    }

    [Theory]
    [InlineData("Unhandled exception. System.X: it = broken")]
    [InlineData("plain words")]
    [InlineData("=x")]
    [InlineData("fd=3")]
    public void AnythingElseIsAWarningAsItIs(string text)
    {
        var line = LogfmtLine.Parse(text);
        Assert.Equal((LogLevel.Warning, text, 0), (line.Level, line.Message, line.Count));
    }

    [Fact]
    public void WrittenAgainItIsTheSameLine()
    {
        using var output = new MemoryStream();
        LogfmtLine.Parse("level=error msg=\"a b\" x=\"c=d\" y=1").WriteTo(new LogfmtLoggerProvider(output).CreateLogger("x"));
        Assert.EndsWith(" level=error msg=\"a b\" x=\"c=d\" y=1\n", Encoding.UTF8.GetString(output.ToArray()), System.StringComparison.Ordinal);
    }
}
