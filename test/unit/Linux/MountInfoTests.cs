using System.Linq;
using KataShimNet.Linux;
using Xunit;

namespace KataShimNet.UnitTests.Linux;

public sealed class MountInfoTests
{
    [Fact]
    public void ALineIsReadWithItsEscapes() =>
        Assert.Equal(
            new MountInfo(29, 23, "0:26", "/r d", "/run/a b", IsShared: true, "virtiofs"),
            MountInfo.Parse(@"29 23 0:26 /r\040d /run/a\040b rw,relatime shared:3 master:1 - virtiofs none rw"));

    [Fact]
    public void ALineWithoutOptionalFieldsIsRead() => Assert.False(MountInfo.Parse("1 0 0:2 / / rw - ext4 /dev/sda rw").IsShared);

    [Fact]
    public void TheKernelsOwnLinesAreRead() => Assert.Contains(MountInfo.All().ToArray(), m => m is { Target: "/proc", Type: "proc" });
}
