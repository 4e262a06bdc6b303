using System.Text;
using KataShimNet.Shim.Storage;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Storage;

public sealed class GuestPathsTests
{
    [Theory]
    [InlineData("/srv/data", "volume-3-data")]
    [InlineData("/srv/data/", "volume-3-data")]
    [InlineData("/", "volume-3-")]
    public void AVolumesNameTellsWhatItWas(string source, string name) => Assert.Equal(name, GuestPaths.VolumeExport(3, source));

    [Fact]
    public void ALongNameIsCutBetweenCharacters()
    {
        // Four bytes each in UTF-8, two chars each here.
        var name = GuestPaths.VolumeExport(0, "/" + string.Concat(System.Linq.Enumerable.Repeat("\U0001F600", 63)) + "xyz");
        Assert.True(Encoding.UTF8.GetByteCount(name) <= 255);
        Assert.Equal(name, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)));
    }
}
