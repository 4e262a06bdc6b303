using System;
using KataShimNet.Fsd.Confinement;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Confinement;

public class CapabilitySetTests
{
    [Fact]
    public void Changes_add_and_take_away()
    {
        var set = CapabilitySet.Worker.Modify("+sys_admin:-chown:+CAP_LEASE");

        Assert.True(set.Has(21));
        Assert.True(set.Has(28));
        Assert.False(set.Has(0));
        Assert.Equal("sys_admin", new CapabilitySet(1ul << 21).ToString());
    }

    [Theory]
    [InlineData("sys_admin", "+ or -")]
    [InlineData("+nonsense", "is no capability")]
    [InlineData("+chown:", "+ or -")]
    public void What_is_wrong_is_said(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => CapabilitySet.Worker.Modify(text)).Message, StringComparison.Ordinal);
}
