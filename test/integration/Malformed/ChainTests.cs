using KataShimNet.VhostFrontEnd.Rings;
using KataShimNet.VhostFrontEnd.VhostUser;
using Xunit;

namespace KataShimNet.IntegrationTests.Malformed;

/// <summary>Chains that a driver must not write: each comes back used, and its queue goes on.</summary>
public sealed class ChainTests
{
    private const DescriptorFlags Next = DescriptorFlags.Next;
    private const DescriptorFlags Write = DescriptorFlags.Write;

    [Fact]
    public void A_chain_of_all_descriptors_is_served()
    {
        using var device = new DeviceUnderAttack(without: VirtioFeatures.IndirectDescriptors);
        var length = device.PlaceGetAttr();
        var d = device.Queue.Reserve(64);
        for (var i = 0; i < 56; i++)
            device.Queue.Ring.SetDescriptor(d[i], new(device.Buffer + (ulong)i, 1, Next, d[i + 1]));
        for (var i = 56; i < 64; i++)
            device.Queue.Ring.SetDescriptor(d[i], new(device.ReplyBuffer + (ulong)(i - 56) * 15, 15, i == 63 ? Write : Write | Next, i == 63 ? (ushort)0 : d[i + 1]));

        Assert.Equal(56u, length);
        Assert.Equal(120u, device.ExpectUsed(d[0], "a full table"));
    }
}
