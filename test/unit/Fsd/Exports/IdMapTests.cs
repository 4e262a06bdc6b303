using System;
using System.Linq;
using KataShimNet.Fsd.Exports;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Exports;

public class IdMapTests
{
    [Theory]
    [InlineData("map:0:1000:10", 3, 1003, true)]
    [InlineData("map:0:1000:10", 10, 10, true)]
    [InlineData("guest:0:1000:10", 9, 1009, true)]
    [InlineData("squash-guest:0:99:1000", 555, 99, true)]
    [InlineData("forbid-guest:0:1", 0, 0, false)]
    [InlineData("forbid-guest:0:1", 1, 1, true)]
    [InlineData("host:0:1000:10", 3, 3, true)]
    public void Ids_of_the_guest(string rule, uint guest, uint host, bool allowed)
    {
        Assert.Equal(allowed, IdMap.Parse([rule])!.TryToHost(guest, out var mapped));
        if (allowed)
            Assert.Equal(host, mapped);
    }

    [Theory]
    [InlineData("map:0:1000:10", 1003, 3)]
    [InlineData("map:0:1000:10", 3, 3)]
    [InlineData("guest:0:1000:10", 1003, 1003)]
    [InlineData("host:1000:0:10", 1009, 9)]
    [InlineData("squash-host:0:65534:1000", 7, 65534)]
    public void Ids_of_the_host(string rule, uint host, uint guest) => Assert.Equal(guest, IdMap.Parse([rule])!.ToGuest(host));

    [Fact]
    public void Several_ranges_go_together()
    {
        var map = IdMap.Parse(["map:100:5000:10", "map:0:1000:10", "squash-guest:10:1:5"])!;

        uint[] host = [.. new uint[] { 105, 5, 12 }.Select(guest => map.TryToHost(guest, out var id) ? id : uint.MaxValue)];

        Assert.Equal([5005, 1005, 1], host);
    }

    [Theory]
    [InlineData("nonsense:1:2:3", "begins with none of")]
    [InlineData("map:1:2", "takes 3")]
    [InlineData("forbid-guest:1:2:3", "takes 2")]
    [InlineData("map:a:2:3", "\"a\" is no number")]
    [InlineData("map:-1:2:3", "is no number")]
    [InlineData("map:1:2:0", "empty")]
    [InlineData("map:4294967290:2:10", "ends above")]
    public void What_is_wrong_is_said(string rule, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => IdMap.Parse([rule])).Message, StringComparison.Ordinal);

    [Fact]
    public void Ranges_must_not_overlap() =>
        Assert.Contains("overlaps", Assert.Throws<FormatException>(() => IdMap.Parse(["map:0:1:10", "guest:9:1:1"])).Message, StringComparison.Ordinal);
}
