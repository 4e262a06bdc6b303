using System.Linq;
using KataShimNet.Agent.Devices;
using KataShimNet.AgentProto.Ttrpc;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

public sealed class PciPathTests
{
    [Theory]
    [InlineData("02/00", new[] { 2, 0 })]
    [InlineData("1f", new[] { 31 })]
    public void SlotsAreHexadecimal(string text, int[] slots) => Assert.Equal(slots, PciPath.Parse(text).Slots.ToArray());

    [Theory]
    [InlineData("")]
    [InlineData("2/0")]
    [InlineData("20/00")]
    [InlineData("02/00/")]
    [InlineData("../00")]
    [InlineData("-1/00")]
    public void AnythingElseIsRefused(string text) =>
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<TtrpcException>(() => PciPath.Parse(text)).Code);
}
