using System;
using KataShimNet.Agent.Boot;
using KataShimNet.Agent.Channel;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

public sealed class KernelCommandLineTests
{
    [Fact]
    public void WordsAreSplitAndTheLastOneHolds()
    {
        var line = KernelCommandLine.Parse("root=kataShared ro quiet agent.log=info agent.log=debug dyndbg=\"file a.c +p\"\n");
        Assert.Equal("kataShared", line["root"]);
        Assert.Equal("", line["quiet"]);
        Assert.Equal("debug", line["agent.log"]);
        Assert.Equal("file a.c +p", line["dyndbg"]);
        Assert.Null(line["nosuch"]);
    }

    [Theory]
    [InlineData("key=", "")]
    [InlineData("key=a=b", "a=b")]
    [InlineData("\"key=a b\"", "a b")]
    [InlineData("key=\"unclosed word", "unclosed word")]
    public void OddValuesAreKept(string text, string expected) => Assert.Equal(expected, KernelCommandLine.Parse(text)["key"]);

    [Theory]
    [InlineData(null, "katanet.agent.0", 0u)]
    [InlineData("serial://other", "other", 0u)]
    [InlineData("vsock://-1:1024", null, 1024u)]
    public void AServerAddressIsASerialPortOrAVsock(string? text, string? port, uint vsock) =>
        Assert.Equal(new ServerAddress(port, vsock), ServerAddress.Parse(text));

    [Theory]
    [InlineData("unix:///run/a")]
    [InlineData("vsock://-1:x")]
    [InlineData("serial://")]
    public void AnyOtherServerAddressIsRefusedByName(string text) =>
        Assert.Contains(text, Assert.Throws<FormatException>(() => ServerAddress.Parse(text)).Message, StringComparison.Ordinal);
}
