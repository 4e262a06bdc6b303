using System;
using System.IO;
using System.Text;
using KataShimNet.Shim.Commands;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Commands;

/// <summary>The log in a sandbox's state folder: bounded, and never in the way.</summary>
public sealed class SandboxLogFileTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"katanet-log-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void TwoPiecesAtMost()
    {
        using (var log = new SandboxLogFile(_folder, pieceBytes: 100))
        {
            for (int i = 0; i < 100; i++)
                log.Write(Encoding.UTF8.GetBytes($"line {i:000} with some words behind it\n"));
        }
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
        Assert.True(new FileInfo(Path.Combine(_folder, "log")).Length < 200);
        Assert.EndsWith("line 099 with some words behind it\n", File.ReadAllText(Path.Combine(_folder, "log")), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "log")));
    }

    [Fact]
    public void AFolderThatWentAwayCostsLinesOnly()
    {
        using var log = new SandboxLogFile(_folder, pieceBytes: 10);
        log.Write("first line\n"u8.ToArray());
        Directory.Delete(_folder, recursive: true);
        log.Write("second\n"u8.ToArray());
        log.Write("third\n"u8.ToArray());
        Directory.CreateDirectory(_folder);
    }
}
