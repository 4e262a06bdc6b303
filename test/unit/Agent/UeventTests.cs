using System.Text;
using KataShimNet.Agent.Modules;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

public sealed class UeventTests
{
    [Fact]
    public void ADeviceThatComesNamesItsDriver()
    {
        var uevent = Uevent.Parse(Encoding.UTF8.GetBytes(
            "add@/devices/pci0000:00/0000:00:02.0/0000:01:00.0/virtio4\0ACTION=add\0DEVPATH=/devices/pci0000:00/0000:00:02.0/0000:01:00.0/virtio4\0"
            + "SUBSYSTEM=virtio\0MODALIAS=virtio:d00000002v00001AF4\0SEQNUM=1044\0"));
        Assert.Equal(new Uevent("add", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0/virtio4", "virtio", "virtio:d00000002v00001AF4"), uevent);
        Assert.Equal("virtio_blk", VirtioDrivers.ModuleForAlias(uevent!.Alias));
    }

    [Theory]
    [InlineData("")]
    [InlineData("libudev\0\xfe\xed")]
    [InlineData("add@/devices/x\0SUBSYSTEM=virtio\0")]
    public void WhatIsNotTheKernelsIsNothing(string message) => Assert.Null(Uevent.Parse(Encoding.UTF8.GetBytes(message)));

    [Theory]
    [InlineData("pci:v00001AF4d00001042sv00001AF4sd00001100bc01sc80i00")]
    [InlineData("virtio:d00000002")]
    [InlineData("virtio:d0000")]
    [InlineData("virtio:dzzzzzzzzv00001AF4")]
    [InlineData("virtio:d000000ffv00001AF4")]
    [InlineData("")]
    public void AnAliasWithoutADriverOfOursLoadsNothing(string alias) =>
        Assert.Equal(alias == "virtio:d00000002" ? "virtio_blk" : null, VirtioDrivers.ModuleForAlias(alias));
}
