using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KataShimNet.Fsd.Rings;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Fsd.Worker.Channel;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Transport;

public sealed class TransportWireTests
{
    [Fact]
    public void StructuresHaveTheSizesOfTheProtocol()
    {
        Assert.Equal((12, MessageHeader.TotalSize), (Unsafe.SizeOf<MessageHeader>(), 12));
        Assert.Equal((8, VringState.TotalSize), (Unsafe.SizeOf<VringState>(), 8));
        Assert.Equal((40, VringAddress.TotalSize), (Unsafe.SizeOf<VringAddress>(), 40));
        Assert.Equal((32, MemoryRegionDescription.TotalSize), (Unsafe.SizeOf<MemoryRegionDescription>(), 32));
        Assert.Equal((8, MemoryTableHeader.TotalSize), (Unsafe.SizeOf<MemoryTableHeader>(), 8));
        Assert.Equal((40, SingleMemoryRegion.TotalSize), (Unsafe.SizeOf<SingleMemoryRegion>(), 40));
        Assert.Equal((12, ConfigHeader.TotalSize), (Unsafe.SizeOf<ConfigHeader>(), 12));
        Assert.Equal((16, Descriptor.TotalSize), (Unsafe.SizeOf<Descriptor>(), 16));
        Assert.Equal((16, ChannelRequest.TotalSize), (Unsafe.SizeOf<ChannelRequest>(), 16));
        Assert.Equal((16, ChannelReply.TotalSize), (Unsafe.SizeOf<ChannelReply>(), 16));
        Assert.Equal((32, RegionRecord.TotalSize), (Unsafe.SizeOf<RegionRecord>(), 32));
        Assert.Equal((48, QueueStart.TotalSize), (Unsafe.SizeOf<QueueStart>(), 48));
    }

    [Fact]
    public void ASingleRegionStandsBehindEightBytesOfPadding()
    {
        var payload = new byte[40];
        payload[8] = 1;
        payload[16] = 2;
        payload[24] = 3;
        payload[32] = 4;
        var region = MemoryMarshal.Read<SingleMemoryRegion>(payload).Region;
        Assert.Equal((1ul, 2ul, 3ul, 4ul), (region.GuestAddress, region.Size, region.UserAddress, region.MmapOffset));
    }

    [Fact]
    public void ADescriptorReadsAsTheSpecificationLaysItOut()
    {
        byte[] bytes = [1, 0, 0, 0, 0, 0, 0, 0x80, 2, 0, 0, 0, 3, 0, 4, 0];
        var descriptor = MemoryMarshal.Read<Descriptor>(bytes);
        Assert.Equal((0x8000000000000001ul, 2u, (ushort)3, (ushort)4), (descriptor.Address, descriptor.Length, descriptor.Flags, descriptor.Next));
    }

    [Fact]
    public void TheConfigurationSpaceIsTagAndNumberOfQueues()
    {
        var config = new DeviceConfig("root", 3);
        var space = new byte[44];
        config.Read(0, space);
        Assert.Equal("root\0"u8.ToArray(), space[..5]);
        Assert.Equal(3, space[36]);
        Assert.Equal(0, space[40]);
        var tail = new byte[4];
        config.Read(36, tail);
        Assert.Equal([3, 0, 0, 0], tail);
        config.Read(uint.MaxValue, tail);
        Assert.Equal([0, 0, 0, 0], tail);
    }
}
