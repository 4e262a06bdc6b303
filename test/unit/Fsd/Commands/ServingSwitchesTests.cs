using System.CommandLine;
using KataShimNet.Fsd.Commands;
using KataShimNet.Fsd.Exports;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Commands;

public class ServingSwitchesTests
{
    [Theory]
    [InlineData("", "Never", "Never", false)]
    [InlineData("--posix-acl", "Always", "Never", true)]
    [InlineData("--security-label --readonly", "Never", "Always", true)]
    [InlineData("--posix-acl=auto --security-label=always", "Auto", "Always", true)]
    [InlineData("--posix-acl never --xattr", "Never", "Never", true)]
    public void What_is_negotiated_is_on_when_it_has_no_value(string given, string acl, string label, bool xattr)
    {
        var options = Parse(given);
        Assert.Equal((acl, label, xattr), (options.PosixAcl.ToString(), options.SecurityLabel.ToString(), options.Xattr));
    }

    private static ServingOptions Parse(string given)
    {
        var switches = new ServingSwitches();
        var command = new RootCommand();
        foreach (var option in switches.All)
            command.Options.Add(option);
        var parsed = command.Parse(given);
        Assert.Empty(parsed.Errors);
        return switches.ToOptions(parsed);
    }
}
