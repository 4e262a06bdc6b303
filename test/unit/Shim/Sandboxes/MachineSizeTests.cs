using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Sandboxes;
using KataShimNet.Shim.Sandboxes.Sizing;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Sandboxes;

public sealed class MachineSizeTests
{
    private const long Mib = 1 << 20;
    private static readonly HypervisorOptions s_options = new() { Vcpus = 2, MemoryMib = 2048, MemoryOverheadMib = 192 };

    [Theory]
    // No limits: what the settings say.
    [InlineData(0, 0, 0, true, 2, 2048)]
    [InlineData(-1, 100000, 0, true, 2, 2048)]
    // What the limits say, rounded up, with the guest's own part.
    [InlineData(250000, 100000, 512 * Mib, true, 3, 704)]
    [InlineData(50000, 100000, 512 * Mib + 1, true, 1, 706)]
    [InlineData(50000, 100000, 16 * Mib, false, 2, 256)]
    // No more than the host has.
    [InlineData(6400000, 100000, 1L << 50, true, 8, 16384)]
    public void TheMachineIsAsBigAsTheLimitsSay(long quota, ulong period, long memory, bool kvm, int vcpus, int mib) =>
        Assert.Equal(
            new MachineSize(vcpus, kvm ? 8 : vcpus, mib, 16384),
            MachineSize.For(s_options, new SandboxLimits(quota, period, 0, memory), kvm, hostProcessors: 8, hostMemoryMib: 16384));

    [Fact]
    public void TheSettingsBoundsHold()
    {
        var options = s_options with { MaxVcpus = 3, MaxMemoryMib = 1024 };
        // The size without limits is asked for by the settings too, so it holds above their own bound.
        Assert.Equal(new MachineSize(2, 3, 2048, 2048), MachineSize.For(options, SandboxLimits.None, kvm: true, 8, 16384));
        Assert.Equal(new MachineSize(3, 3, 2048, 2048), MachineSize.For(options, new SandboxLimits(800000, 100000, 0, 4096 * Mib), kvm: true, 8, 16384));
        Assert.Equal(new MachineSize(2, 2, 2048, 2048), MachineSize.For(s_options with { MaxVcpus = 1 }, SandboxLimits.None, kvm: false, 1, 2048));
    }

    [Fact]
    public void ContainersAddUpAndOneWithoutLimitsGetsTheSettingsSize()
    {
        var small = new ContainerNeeds(0.5, 256 * Mib);
        Assert.Equal((0, 0), ContainerNeeds.Together([], s_options));
        Assert.Equal((1, 704), ContainerNeeds.Together([small, small], s_options));
        Assert.Equal((2, 2048), ContainerNeeds.Together([small, default], s_options));
        Assert.Equal((4, 4288), ContainerNeeds.Together([new ContainerNeeds(3.5, 4096 * Mib), default], s_options));
    }

    [Fact]
    public void ProcessorsForTheGuestItselfAreAddedToTheLimitsAndToNothingElse()
    {
        var options = s_options with { VcpusOverhead = 0.6 };
        Assert.Equal(2, MachineSize.For(options, new SandboxLimits(140000, 100000, 0, 0), kvm: true, 8, 16384).Vcpus);
        Assert.Equal(3, MachineSize.For(options, new SandboxLimits(150000, 100000, 0, 0), kvm: true, 8, 16384).Vcpus);
        Assert.Equal(2, MachineSize.For(options, SandboxLimits.None, kvm: true, 8, 16384).Vcpus);
        // Once for the machine, not for each container.
        var one = new ContainerNeeds(0.7, 0);
        Assert.Equal(2, ContainerNeeds.Together([one, one], options with { Vcpus = 1 }).Vcpus);
    }

    [Fact]
    public void AnUpdateLeavesWhatItDoesNotName()
    {
        var before = new ContainerNeeds(0.5, 256 * Mib);
        Assert.Equal(new ContainerNeeds(0.5, 512 * Mib), before.Updated(new LinuxResources { Memory = new LinuxMemory { Limit = 512 * Mib } }));
        Assert.Equal(new ContainerNeeds(2, 256 * Mib), before.Updated(new LinuxResources { CPU = new LinuxCPU { Quota = 200000, Period = 100000 } }));
        Assert.Equal(new ContainerNeeds(0, 0), before.Updated(new LinuxResources { CPU = new LinuxCPU { Quota = -1 }, Memory = new LinuxMemory { Limit = -1 } }));
    }
}
