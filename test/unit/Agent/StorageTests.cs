using System.Collections.Generic;
using KataShimNet.Agent.Containers;
using KataShimNet.Agent.Storages;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

public sealed class StorageTests
{
    [Fact]
    public void OptionsAreSplitIntoBitsAndText()
    {
        var options = MountOptions.Parse(["noexec,nosuid", "nodev", "mode=1777", "size=64m", "ro", "rw"]);
        Assert.Equal(SysMount.MS_NOEXEC | SysMount.MS_NOSUID | SysMount.MS_NODEV, options.Flags);
        Assert.Equal("mode=1777,size=64m", options.Data);
    }

    [Fact]
    public void NoOptionsAreNoText() => Assert.Equal(new MountOptions(0, null), MountOptions.Parse(["defaults", ""]));

    [Fact]
    public void AnOptionForUsIsTakenOut()
    {
        var options = MountOptions.Parse(["size=1m", "fsgid=5"]).Take("fsgid", out var group);
        Assert.Equal("5", group);
        Assert.Equal("size=1m", options.Data);
        Assert.Equal(options, options.Take("fsgid", out var none));
        Assert.Null(none);
    }

    [Theory]
    [InlineData("relative")]
    [InlineData("/a/../b")]
    [InlineData("")]
    public void APathFromTheHostIsAbsoluteAndPlain(string path) =>
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<TtrpcException>(() => PathRules.Absolute(path, "path")).Code);

    [Theory]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("")]
    public void AnIdIsOneComponent(string id) =>
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<TtrpcException>(() => PathRules.Component(id, "id")).Code);

    [Theory]
    [InlineData("/run/kata-containers/shared/containers/c1/rootfs/deep", "/run/kata-containers/shared/containers/c1/rootfs")]
    [InlineData("/run/kata-containers/shared/containers/v1", "/run/kata-containers/shared/containers/v1")]
    [InlineData("/run/kata-containers/shared/containers/v10", null)]
    [InlineData("/run/kata-containers/shared/containers", null)]
    public void AnExportIsFoundByAnyPathInIt(string path, string? expected)
    {
        var points = new HashSet<string>
        {
            "/run/kata-containers/shared/containers",
            "/run/kata-containers/shared/containers/c1/rootfs",
            "/run/kata-containers/shared/containers/v1",
        };
        Assert.Equal(expected, ShareMounts.PointOf(path, points));
    }
}
