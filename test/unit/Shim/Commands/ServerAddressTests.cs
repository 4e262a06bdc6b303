using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Commands;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Commands;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData(ShimProtocol.Ttrpc, "unix:///run/katanet/ns:pod.sock")]
    [InlineData(ShimProtocol.Grpc, """{"version":2,"address":"/run/katanet/ns:pod.grpc","protocol":"grpc"}""")]
    public void EachProtocolHasItsForm(ShimProtocol protocol, string text)
    {
        Assert.Equal(text, ServerAddress.Text(protocol, "/run/katanet/ns:pod.sock"));
        Assert.Equal("/run/katanet", ServerAddress.FolderOf(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"address":7}""")]
    public void OtherTextsHaveNoFolder(string text) => Assert.Null(ServerAddress.FolderOf(text));
}
