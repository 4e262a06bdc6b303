using KataShimNet.Monitor.Serving;
using Xunit;

namespace KataShimNet.UnitTests.Monitor;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:8090", "127.0.0.1:8090")]
    [InlineData("[::1]:9000", "[::1]:9000")]
    [InlineData("0.0.0.0:1", "0.0.0.0:1")]
    [InlineData("/run/x.sock", "/run/x.sock")]
    public void AnAddressWithItsPortOrAPathIsTaken(string text, string taken) => Assert.Equal(taken, ListenAddress.Parse(text)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("8090")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:70000")]
    [InlineData("::1")]
    [InlineData("host:8090")]
    [InlineData("run/x.sock")]
    public void AnythingElseIsNot(string text) => Assert.Null(ListenAddress.Parse(text));
}
