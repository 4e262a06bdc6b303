using System.Runtime.CompilerServices;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Dax;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Peers;

/// <summary>Messages between daemons, and the records of cuts.</summary>
public sealed class PeerMessageTests
{
    [Fact]
    public void SizesAreThoseOfTheProtocol()
    {
        Assert.Equal((16, 40, 8), (Unsafe.SizeOf<PeerHello>(), Unsafe.SizeOf<PeerRequest>(), Unsafe.SizeOf<PeerReply>()));
        Assert.Equal((192, 64), (Unsafe.SizeOf<MapEntry>(), Unsafe.SizeOf<MapHeader>()));
    }

    [Theory]
    [InlineData(1u, 0, long.MaxValue, true)]
    [InlineData(2u, 4096, 8192, true)]
    [InlineData(1u, -1, 5, false)]
    [InlineData(1u, 5, 5, false)]
    [InlineData(3u, 0, 5, true)]
    [InlineData(4u, 0, 5, false)]
    public void ARequestIsCheckedBeforeItIsFollowed(uint operation, long from, long to, bool valid)
    {
        var request = PeerRequest.Of((PeerOperation)operation, new FileIdentity(1, 2, 3), from, to);
        Assert.Equal(valid, request.IsValid);
        Assert.Equal(new FileIdentity(1, 2, 3), request.File);
    }
}
