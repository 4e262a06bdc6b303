using KataShimNet.Agent.Containers;
using KataShimNet.AgentProto.Ttrpc;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

public sealed class NetworkSysctlsTests
{
    [Theory]
    [InlineData("net.ipv4.ip_forward", "/proc/sys/net/ipv4/ip_forward")]
    [InlineData("net.ipv4.conf.eth0/100.forwarding", "/proc/sys/net/ipv4/conf/eth0.100/forwarding")]
    public void ANameIsAFileOfProc(string key, string path) => Assert.Equal(path, NetworkSysctls.PathOf(key));

    [Theory]
    [InlineData("net..ipv4")]
    [InlineData("net.//.//.kernel.x")]
    [InlineData("net.ipv4.")]
    [InlineData("net.\0")]
    public void ANameThatLeadsElsewhereIsRefused(string key) =>
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<TtrpcException>(() => NetworkSysctls.PathOf(key)).Code);
}
