using System;
using System.Runtime.CompilerServices;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Fsd.Worker.Channel;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Dax;

public class DaxWindowSizeTests
{
    [Theory]
    [InlineData("2M", 2L << 20)]
    [InlineData("128M", 128L << 20)]
    [InlineData("131072k", 128L << 20)]
    [InlineData("536870912", 512L << 20)]
    public void Sizes_that_QEMU_bears_are_read(string text, long size) => Assert.Equal(size, DaxWindowSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("1M")]
    [InlineData("3M")]
    [InlineData("1G")]
    [InlineData("-2M")]
    [InlineData("128MB")]
    [InlineData("9223372036854775808")]
    [InlineData("17592186044416M")]
    public void Others_are_refused_with_what_is_possible(string text) =>
        Assert.Contains("a power of two from 2M to 512M", Assert.Throws<FormatException>(() => DaxWindowSize.Parse(text)).Message);

    [Fact]
    public void Structures_have_the_size_that_the_protocol_says()
    {
        Assert.Equal(16, Unsafe.SizeOf<BackingMap>());
        Assert.Equal(40, Unsafe.SizeOf<ShmemRange>());
        Assert.Equal(MapRecord.TotalSize, Unsafe.SizeOf<MapRecord>());
    }
}
