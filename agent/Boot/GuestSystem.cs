using System;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Text;
using System.Threading;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Boot;

/// <summary>Settings of the guest kernel that belong to nobody else: names, limits, clock, the loopback device, the end.</summary>
internal static unsafe class GuestSystem
{
    private const int IFF_UP = 1;

    /// <summary>Where /etc/hostname of the guest tree leads.</summary>
    public const string HostnamePath = "/run/hostname";

    /// <summary>Where /etc/resolv.conf of the guest tree leads.</summary>
    public const string ResolvConfPath = "/run/resolv.conf";

    /// <summary>Brings the loopback device up.</summary>
    public static void BringLoopbackUp()
    {
        using var socket = OwnedFd.FromCall(SysSocket.socket(2, SysSocket.SOCK_DGRAM | SysSocket.SOCK_CLOEXEC, 0), "socket");
        // struct ifreq (netdevice(7)): 16 bytes of name, then the flags as a short; 40 bytes in all.
        var request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        "lo"u8.CopyTo(new Span<byte>(request, 16));
        LinuxException.Check(SysIoctl.ioctl(socket.Fd, SysIoctl.SIOCGIFFLAGS, request), "ioctl", "SIOCGIFFLAGS lo");
        *(short*)(request + 16) |= IFF_UP;
        LinuxException.Check(SysIoctl.ioctl(socket.Fd, SysIoctl.SIOCSIFFLAGS, request), "ioctl", "SIOCSIFFLAGS lo");
    }

    /// <summary>Lets containers have as many open files as the kernel allows; crun lowers it to what their spec says.</summary>
    public static void RaiseLimits()
    {
        var limit = new Rlimit { Current = 1048576, Maximum = 1048576 };
        LinuxException.Check(SysResource.setrlimit(SysResource.RLIMIT_NOFILE, &limit), "setrlimit", "RLIMIT_NOFILE");
    }

    /// <summary>Sets the host name (sethostname(2)) and keeps it for /etc/hostname.</summary>
    /// <param name="name">At most 64 bytes.</param>
    public static void SetHostname(string name)
    {
        SetKernelHostname(name);
        File.WriteAllText(HostnamePath, name + "\n");
    }

    /// <summary>Sets the host name in the calling thread's namespace (sethostname(2)).</summary>
    /// <param name="name">At most 64 bytes.</param>
    public static void SetKernelHostname(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        fixed (byte* start = bytes)
            LinuxException.Check(Unistd.sethostname(start, (nuint)bytes.Length), "sethostname", name);
    }

    /// <summary>Sets the wall clock (clock_settime(2)).</summary>
    /// <param name="seconds">Since 1970.</param>
    /// <param name="microseconds">0 to 999,999.</param>
    public static void SetTime(long seconds, long microseconds)
    {
        var time = new Timespec { Seconds = seconds, Nanoseconds = microseconds * 1000 };
        LinuxException.Check(SysTime.clock_settime(SysTime.CLOCK_REALTIME, &time), "clock_settime");
    }

    /// <summary>Ends the virtual machine. Does not return.</summary>
    [DoesNotReturn]
    public static void PowerOff()
    {
        Unistd.sync();
        _ = SysReboot.reboot(SysReboot.RB_POWER_OFF);
        // Without ACPI the kernel halts instead, with QEMU alive: a reset always reaches QEMU, which runs with -no-reboot.
        _ = SysReboot.reboot(SysReboot.RB_AUTOBOOT);
        while (true)
            Thread.Sleep(Timeout.Infinite);
    }
}
