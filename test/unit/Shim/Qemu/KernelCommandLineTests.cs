using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Qemu;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Qemu;

public sealed class KernelCommandLineTests
{
    [Fact]
    public void TheRootIsTheShareAndInitIsInTheGuestsExport()
    {
        var line = KernelCommandLine.Build(new KatanetOptions { Agent = new() { LogLevel = "debug" } }, overVsock: false);
        Assert.StartsWith("root=kataShared rootfstype=virtiofs rw init=/guest/sbin/init console=hvc0 ", line, System.StringComparison.Ordinal);
        Assert.Contains(" panic=1 ", line, System.StringComparison.Ordinal);
        Assert.EndsWith(" agent.server_addr=serial://katanet.agent.0 agent.log=debug", line, System.StringComparison.Ordinal);
    }

    [Fact]
    public void AnInitrdHasItsOwnInitAndNoRoot()
    {
        var line = KernelCommandLine.Build(new KatanetOptions { Guest = new() { Boot = GuestBoot.Initrd } }, overVsock: false);
        Assert.StartsWith("rdinit=/sbin/init console=hvc0 ", line, System.StringComparison.Ordinal);
        Assert.DoesNotContain("root=", line, System.StringComparison.Ordinal);
    }

    [Fact]
    public void TheAgentIsToldOfTheDebugConsole()
    {
        var line = KernelCommandLine.Build(new KatanetOptions { Agent = new() { DebugConsole = true } }, overVsock: false);
        Assert.EndsWith(" agent.debug_console", line, System.StringComparison.Ordinal);
        Assert.DoesNotContain("debug_console", KernelCommandLine.Build(new KatanetOptions(), overVsock: false), System.StringComparison.Ordinal);
    }

    [Fact]
    public void TheSettingsWordsComeLastSoTheyWin()
    {
        var line = KernelCommandLine.Build(new KatanetOptions { Guest = new() { KernelParams = "panic=5 debug" } }, overVsock: false);
        Assert.EndsWith(" panic=5 debug", line, System.StringComparison.Ordinal);
    }
}
