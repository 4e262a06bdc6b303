using System;
using System.Text;
using KataShimNet.Fsd.Exports;
using KataShimNet.Linux;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Exports;

public class XattrMapTests
{
    [Theory]
    [InlineData(":prefix:all::user.virtiofs.::bad:all:::", "security.x", "user.virtiofs.security.x")]
    [InlineData(":map::user.virtiofs.:", "user.a", "user.virtiofs.user.a")]
    [InlineData("/map/trusted./user.virtiofs./", "trusted.a", "user.virtiofs.trusted.a")]
    [InlineData("/map/trusted./user.virtiofs./", "user.a", "user.a")]
    [InlineData("/prefix/all/trusted./user.virtiofs./\n  /bad/server//trusted./\n /bad/client/user.virtiofs.//  /ok/all///", "other.a", "other.a")]
    public void Names_of_the_guest_become_the_host_s_and_back(string rules, string guest, string host)
    {
        var map = XattrMap.Parse(rules)!;

        Assert.Equal((Errno.None, host), ToHost(map, guest));
        Assert.Equal(guest, Encoding.UTF8.GetString(map.ToGuest(Encoding.UTF8.GetBytes(host))));
    }

    [Theory]
    [InlineData("/map/trusted./user.virtiofs./", "user.virtiofs.trusted.a", Errno.EPERM)]
    [InlineData(":unsupported:client:security.::", "security.a", Errno.EOPNOTSUPP)]
    [InlineData(":ok:client:user.::", "trusted.a", Errno.EPERM)]
    public void Names_can_be_refused(string rules, string guest, Errno expected) =>
        Assert.Equal(expected, ToHost(XattrMap.Parse(rules)!, guest).Errno);

    [Fact]
    public void A_name_that_becomes_too_long_is_ERANGE() =>
        Assert.Equal(Errno.ERANGE, ToHost(XattrMap.Parse(":map::user.virtiofs.:")!, new string('x', 250)).Errno);

    [Fact]
    public void A_list_shows_what_the_rules_let_through()
    {
        var list = Encoding.UTF8.GetBytes("trusted.hidden\0user.virtiofs.trusted.a\0user.b\0");

        var length = XattrMap.Parse("/map/trusted./user.virtiofs./")!.ListToGuest(list);

        Assert.Equal("trusted.a\0user.b\0", Encoding.UTF8.GetString(list, 0, length));
    }

    [Theory]
    [InlineData(":nonsense:all:::", "nonsense")]
    [InlineData(":ok:everybody:::", "everybody")]
    [InlineData(":ok:all:", "ends too early")]
    [InlineData(":map::user.: :ok:all:::", "has to be the last")]
    [InlineData("  ", "no rule")]
    public void What_is_wrong_is_said(string rules, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => XattrMap.Parse(rules)).Message, StringComparison.Ordinal);

    private static (Errno Errno, string Name) ToHost(XattrMap map, string guest)
    {
        var buffer = new byte[255];
        var name = Encoding.UTF8.GetBytes(guest);
        name.CopyTo(buffer, 0);
        // In place, as the handlers do it.
        var error = map.ToHost(buffer.AsSpan(0, name.Length), buffer, out var length);
        return (error, Encoding.UTF8.GetString(buffer, 0, length));
    }
}
