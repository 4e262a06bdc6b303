using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Cli;
using KataShimNet.Cli.Logs;
using Xunit;

namespace KataShimNet.UnitTests.Cli;

/// <summary>katanet logs: whose line is whose, both pieces, and what comes later.</summary>
public sealed class SandboxLogTests : IDisposable
{
    private const string Shim = "time=1 level=info msg=\"sandbox started\"";
    private const string Fsd = "time=1 level=info msg=\"export added\" process=keeper";
    private const string Console = "time=1 level=debug msg=\"guest console\" line=\"[    0.1] Linux\"";
    private const string Agent = "time=1 level=debug msg=\"guest console\" line=\"time=2 level=info msg=\\\"agent serves\\\"\"";

    private readonly string _folder = Directory.CreateTempSubdirectory("katanet-logs-").FullName;

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("Shim", Shim)]
    [InlineData("Fsd", Fsd)]
    [InlineData("Console", Console)]
    [InlineData("Agent", Agent)]
    public void EachLineIsSomebodys(string source, string line)
    {
        Assert.Equal(Enum.Parse<LogSource>(source), LogLine.SourceOf(line));
        File.WriteAllText(Path.Combine(_folder, "log.1"), $"{Shim}\n{Fsd}\n");
        File.WriteAllText(Path.Combine(_folder, "log"), $"{Console}\n{Agent}\n");
        using StringWriter all = new(), some = new();
        new SandboxLog(_folder).Copy(all, LogSource.All);
        new SandboxLog(_folder).Copy(some, Enum.Parse<LogSource>(source));
        Assert.Equal($"{Shim}\n{Fsd}\n{Console}\n{Agent}\n", all.ToString());
        Assert.Equal(line + "\n", some.ToString());
    }

    [Fact]
    public void NoLogIsSaid() => Assert.Throws<CliException>(() => new SandboxLog(_folder).Copy(TextWriter.Null, LogSource.All));

    [Fact]
    public async Task FollowingGoesOnOverAChangeOfPiecesUntilTheSandboxIsGone()
    {
        string log = Path.Combine(_folder, "log");
        await File.WriteAllTextAsync(log, "one\ntw");
        using var output = new LineWriter();
        Task following = new SandboxLog(_folder).FollowAsync(output, LogSource.All, CancellationToken.None);
        await output.WaitForAsync("one");
        await File.AppendAllTextAsync(log, "o\n");
        await output.WaitForAsync("two");
        File.Move(log, log + ".1");
        // Between two pieces, long enough for it to look, it must not take the sandbox for gone.
        await Task.WhenAny(following, Task.Delay(TimeSpan.FromMilliseconds(300)));
        await File.WriteAllTextAsync(log, "3\n");
        await output.WaitForAsync("3");
        Directory.Delete(_folder, recursive: true);
        await following.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private sealed class LineWriter : StringWriter
    {
        private readonly SemaphoreSlim _lines = new(0);

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            _lines.Release();
        }

        public async Task WaitForAsync(string line)
        {
            Assert.True(await _lines.WaitAsync(TimeSpan.FromSeconds(30)), $"{line} did not come");
            Assert.EndsWith(line + "\n", ToString(), StringComparison.Ordinal);
        }

        protected override void Dispose(bool disposing)
        {
            _lines.Dispose();
            base.Dispose(disposing);
        }
    }
}
