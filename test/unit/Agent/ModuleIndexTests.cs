using KataShimNet.Agent.Modules;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

public sealed class ModuleIndexTests
{
    private static readonly ModuleIndex s_index = new(
        [
            "kernel/net/vmw_vsock/vsock.ko:",
            "kernel/net/vmw_vsock/vmw_vsock_virtio_transport.ko: kernel/net/vmw_vsock/vmw_vsock_virtio_transport_common.ko kernel/net/vmw_vsock/vsock.ko",
            "kernel/fs/overlayfs/overlay.ko.xz:",
            "",
        ],
        ["kernel/fs/fuse/virtiofs.ko"],
        ["alias fs-overlay overlay", "alias net-pf-40 vsock", "alias virtio:d00000013v* vmw_vsock_virtio_transport"]);

    [Fact]
    public void WhatIsNeededComesFirst()
    {
        Assert.True(s_index.TryFind("vmw_vsock_virtio_transport", out var files));
        Assert.Equal(
            [
                "kernel/net/vmw_vsock/vsock.ko",
                "kernel/net/vmw_vsock/vmw_vsock_virtio_transport_common.ko",
                "kernel/net/vmw_vsock/vmw_vsock_virtio_transport.ko",
            ],
            files);
    }

    [Theory]
    [InlineData("vmw-vsock-virtio-transport", 3)]
    [InlineData("overlay", 1)]
    [InlineData("virtiofs", 0)]
    [InlineData("fs-overlay", 1)]
    [InlineData("net-pf-40", 1)]
    public void NamesAreFoundInEitherSpellingAndBuiltInNeedsNothing(string name, int files)
    {
        Assert.True(s_index.TryFind(name, out var found));
        Assert.Equal(files, found.Count);
    }

    [Fact]
    public void AnUnknownNameIsNotFound() => Assert.False(s_index.TryFind("nosuch", out _));

    [Theory]
    [InlineData("kernel/fs/9p/9p.ko", "9p")]
    [InlineData("kernel/drivers/char/hw_random/virtio-rng.ko.zst", "virtio_rng")]
    public void TheNameIsThatOfTheFile(string file, string expected) => Assert.Equal(expected, ModuleIndex.NameOf(file));
}
