using KataShimNet.Shim.Storage;
using KataShimNet.Shim.Storage.Roots;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Storage;

public sealed class OverlayLayersTests
{
    [Fact]
    public void LayersAreTakenOutAndTheRestStays()
    {
        var options = MountOptions.Parse(["workdir=/s/3/work", "upperdir=/s/3/fs", "lowerdir=/s/2/fs:/s/1/fs", "index=off", "userxattr"]);
        var got = OverlayLayers.Parse(options.FileSystem, out var rest);
        Assert.Equal(["/s/2/fs", "/s/1/fs"], got.Lower);
        Assert.Empty(got.Data);
        Assert.Equal(("/s/3/fs", "/s/3/work"), (got.Upper, got.Work));
        Assert.Equal([("index", "off"), ("userxattr", null)], rest);
    }

    [Fact]
    public void ABackslashTakesTheMeaningOffAColon()
    {
        var got = OverlayLayers.Parse([("lowerdir", @"/a\:b:/c\\d")], out _);
        Assert.Equal(["/a:b", @"/c\d"], got.Lower);
    }

    [Fact]
    public void AfterADoubleColonComeLayersOfData()
    {
        var got = OverlayLayers.Parse([("lowerdir", "/a:/b::/c::/d")], out _);
        Assert.Equal(["/a", "/b"], got.Lower);
        Assert.Equal(["/c", "/d"], got.Data);
    }

    [Fact]
    public void WithoutLowerLayersThereIsNoOverlay() => Assert.Throws<StorageException>(() => OverlayLayers.Parse([("upperdir", "/a")], out _));
}
