using System.Collections.Generic;
using KataShimNet.AgentProto.Kata;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Qemu;

/// <summary>The guest kernel's command line. Where a key comes twice the kernel takes the last, so the settings' own words come last.</summary>
internal static class KernelCommandLine
{
    // Nothing to wait for and nothing to probe: no PS/2 controller, no self tests, one PCI bus, grace periods expedited, no timer check.
    private const string Fast =
        "tsc=reliable no_timer_check rcupdate.rcu_expedited=1 i8042.noaux=1 i8042.nokbd=1 noreplace-smp cryptomgr.notests pci=lastbus=0";

    // A panic resets the machine after one second, and QEMU ends with it (-no-reboot). By triple fault: there is no keyboard controller to
    // ask, and looking for one takes ten seconds.
    private const string Behaviour = "console=hvc0 quiet panic=1 reboot=t net.ifnames=0 cgroup_no_v1=all memhp_default_state=online";

    /// <summary>Builds the line.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="overVsock">Whether the agent serves on vsock; otherwise on its serial port.</param>
    public static string Build(KatanetOptions options, bool overVsock)
    {
        var words = new List<string>();
        if (options.Guest.Boot == GuestBoot.Virtiofs)
            words.Add($"root={GuestContract.ShareTag} rootfstype=virtiofs rw init=/{GuestContract.GuestRootExport}{GuestContract.InitPath}");
        else
            words.Add($"rdinit={GuestContract.InitPath}");
        words.Add(Behaviour);
        words.Add(Fast);
        var address = overVsock ? $"vsock://-1:{GuestContract.VsockPort}" : $"serial://{GuestContract.SerialPortName}";
        words.Add($"{GuestContract.ServerAddressKey}={address} {GuestContract.LogLevelKey}={options.Agent.LogLevel}");
        if (options.Agent.DebugConsole)
            words.Add(GuestContract.DebugConsoleKey);
        if (options.Guest.KernelParams.Length > 0)
            words.Add(options.Guest.KernelParams);
        return string.Join(' ', words);
    }
}
