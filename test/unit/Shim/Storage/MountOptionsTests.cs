using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Storage;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Storage;

public sealed class MountOptionsTests
{
    [Fact]
    public void AttributesBindAndTheFileSystemsOwnAreToldApart()
    {
        var got = MountOptions.Parse(["rbind", "rprivate", "ro", "nosuid", "noatime", "index=off", "volatile", "a=b=c"]);
        Assert.True(got.Bind);
        Assert.True(got.Recursive);
        Assert.Equal(SysMount.MOUNT_ATTR_RDONLY | SysMount.MOUNT_ATTR_NOSUID | SysMount.MOUNT_ATTR_NOATIME, got.Attributes);
        Assert.Equal([("index", "off"), ("volatile", null), ("a", "b=c")], got.FileSystem);
    }

    [Fact]
    public void TheLastOfReadOnlyAndWritableWins()
    {
        Assert.False(MountOptions.Parse(["ro", "rw"]).ReadOnly);
        Assert.True(MountOptions.Parse(["rw", "ro"]).ReadOnly);
    }
}
