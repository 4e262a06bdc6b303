using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/reboot.h.</summary>
public static unsafe partial class SysReboot
{
    /// <summary>Restart.</summary>
    public const int RB_AUTOBOOT = 0x1234567;

    /// <summary>Power off.</summary>
    public const int RB_POWER_OFF = 0x4321fedc;

    /// <summary>reboot(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int reboot(int command);
}
