using System;
using System.IO;
using System.Linq;
using KataShimNet.Agent.Storages.Watched;
using KataShimNet.AgentProto.Ttrpc;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly DirectoryInfo _base = Directory.CreateTempSubdirectory("katanet-test");

    private string Source => Path.Combine(_base.FullName, "source");

    private string Target => Path.Combine(_base.FullName, "target");

    public AtomicFolderTests()
    {
        Directory.CreateDirectory(Source);
        Directory.CreateDirectory(Target);
    }

    public void Dispose() => _base.Delete(recursive: true);

    [Fact]
    public void ACopyFollowsTheOriginal()
    {
        var folder = new AtomicFolder(Source, Target);
        Write("..1", ("a", "one"), ("deep/b", "two"));
        folder.Refresh();
        Assert.Equal("one", File.ReadAllText(Path.Combine(Target, "a")));
        Assert.Equal("two", File.ReadAllText(Path.Combine(Target, "deep/b")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Target, "a")));

        Write("..2", ("a", "changed"), ("c", "new"));
        folder.Refresh();
        Assert.Equal("changed", File.ReadAllText(Path.Combine(Target, "a")));
        Assert.Equal(["..2", "..data", "a", "c"], Names());
        Assert.Equal("..2", new FileInfo(Path.Combine(Target, "..data")).LinkTarget);
    }

    [Fact]
    public void NothingHappensWhenNothingHasChanged()
    {
        var folder = new AtomicFolder(Source, Target);
        Write("..1", ("a", "one"));
        folder.Refresh();
        var before = new FileInfo(Path.Combine(Target, "..data")).LastWriteTimeUtc;
        folder.Refresh();
        Assert.Equal(before, new FileInfo(Path.Combine(Target, "..data")).LastWriteTimeUtc);
    }

    [Fact]
    public void AFolderOfAnotherKindIsRefused()
    {
        File.WriteAllText(Path.Combine(Source, "a"), "");
        var error = Assert.Throws<TtrpcException>(new AtomicFolder(Source, Target).Refresh);
        Assert.Equal(StatusCode.FailedPrecondition, error.Code);
    }

    [Theory]
    [InlineData("../elsewhere")]
    [InlineData("..")]
    [InlineData("/etc")]
    public void ALinkThatLeavesTheFolderIsRefused(string link)
    {
        File.CreateSymbolicLink(Path.Combine(Source, "..data"), link);
        Assert.Throws<TtrpcException>(new AtomicFolder(Source, Target).Refresh);
        Assert.Empty(Names());
    }

    private string[] Names() => [.. Directory.GetFileSystemEntries(Target).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];

    // As kubelet does, but for the order, which nobody watches here.
    private void Write(string version, params (string Name, string Text)[] files)
    {
        foreach (var old in Directory.GetFileSystemEntries(Source))
        {
            if (new FileInfo(old).LinkTarget is not null)
                File.Delete(old);
            else
                Directory.Delete(old, recursive: true);
        }

        foreach (var (name, text) in files)
        {
            var path = Path.Combine(Source, version, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var top = Path.Combine(Source, name.Split('/')[0]);
            if (new FileInfo(top).LinkTarget is null)
                File.CreateSymbolicLink(top, "..data/" + name.Split('/')[0]);
        }

        File.CreateSymbolicLink(Path.Combine(Source, "..data"), version);
    }
}
