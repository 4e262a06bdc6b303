using System.Runtime.CompilerServices;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Linux;

/// <summary>Sizes as a C compiler gives them on x86-64 (sizeof, glibc headers).</summary>
public sealed class StructSizeTests
{
    [Fact]
    public void StructsHaveTheSizesOfTheHeaders()
    {
        Assert.Equal(16, Unsafe.SizeOf<Timespec>());
        Assert.Equal(16, Unsafe.SizeOf<IoVec>());
        Assert.Equal(56, Unsafe.SizeOf<Msghdr>());
        Assert.Equal(8, Unsafe.SizeOf<PollFd>());
        Assert.Equal(16, Unsafe.SizeOf<Rlimit>());
        Assert.Equal(128, Unsafe.SizeOf<Siginfo>());
        Assert.Equal(16, Unsafe.SizeOf<StatxTimestamp>());
        Assert.Equal(256, Unsafe.SizeOf<Statx>());
        Assert.Equal(120, Unsafe.SizeOf<Statfs>());
        Assert.Equal(CapabilityHeader.TotalSize, Unsafe.SizeOf<CapabilityHeader>());
        Assert.Equal(CapabilityData.TotalSize, Unsafe.SizeOf<CapabilityData>());
        Assert.Equal(NetlinkHeader.TotalSize, Unsafe.SizeOf<NetlinkHeader>());
        Assert.Equal(NetlinkAttributeHeader.TotalSize, Unsafe.SizeOf<NetlinkAttributeHeader>());
        Assert.Equal(NetfilterMessage.TotalSize, Unsafe.SizeOf<NetfilterMessage>());
        Assert.Equal(NetlinkAddress.TotalSize, Unsafe.SizeOf<NetlinkAddress>());
        Assert.Equal(LinkMessage.TotalSize, Unsafe.SizeOf<LinkMessage>());
        Assert.Equal(AddressMessage.TotalSize, Unsafe.SizeOf<AddressMessage>());
        Assert.Equal(RouteMessage.TotalSize, Unsafe.SizeOf<RouteMessage>());
        Assert.Equal(NextHopMessage.TotalSize, Unsafe.SizeOf<NextHopMessage>());
        Assert.Equal(NeighbourMessage.TotalSize, Unsafe.SizeOf<NeighbourMessage>());
        Assert.Equal(LinkCounters.TotalSize, Unsafe.SizeOf<LinkCounters>());
        Assert.Equal(TrafficMessage.TotalSize, Unsafe.SizeOf<TrafficMessage>());
        Assert.Equal(U32Selector.TotalSize, Unsafe.SizeOf<U32Selector>());
        Assert.Equal(MirredParameters.TotalSize, Unsafe.SizeOf<MirredParameters>());
        Assert.Equal(TapRequest.TotalSize, Unsafe.SizeOf<TapRequest>());
    }
}
