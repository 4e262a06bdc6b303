using System.Collections.Generic;
using System.IO;
using KataShimNet.Linux;

namespace KataShimNet.TestGuest.Machines;

/// <summary>QEMU's command line for a test guest: the machine that the shim starts (shim/Qemu), run by the tree's own loader and libraries.</summary>
internal static class QemuWords
{
    private const string Kernel =
        "console=hvc0 quiet panic=1 reboot=t net.ifnames=0 tsc=reliable no_timer_check rcupdate.rcu_expedited=1 i8042.noaux=1 i8042.nokbd=1 "
        + "noreplace-smp cryptomgr.notests pci=lastbus=0";

    /// <summary>Builds the words behind the loader's name.</summary>
    /// <param name="options">What the machine is made of.</param>
    /// <param name="initrd">Path of the initramfs.</param>
    /// <param name="port">Descriptor of the command port's socket.</param>
    /// <param name="console">Descriptor that the console is written to.</param>
    /// <param name="monitor">Descriptor of the monitor's socket.</param>
    /// <param name="shares">Words of the shares.</param>
    public static IEnumerable<string> Build(GuestOptions options, string initrd, int port, int console, int monitor, IEnumerable<string> shares)
    {
        string tree = options.Tree;
        bool kvm = HasKvm();
        return
        [
            "--library-path", $"{tree}/usr/lib/x86_64-linux-gnu", $"{tree}/usr/bin/qemu-system-x86_64",
            "-L", $"{tree}/usr/share/qemu", "-L", $"{tree}/usr/share/seabios",
            "-name", "test-guest", "-nodefaults", "-no-user-config", "-nographic", .. options.Reboots ? System.Array.Empty<string>() : ["-no-reboot"], "-run-with", "exit-with-parent=on",
            "-machine", $"q35,accel={(kvm ? "kvm" : "tcg")},memory-backend=mem,graphics=off,i8042=off,sata=off,smbus=off,usb=off,vmport=off",
            "-cpu", kvm ? "host" : "max", "-smp", $"{options.Vcpus}", "-m", $"{options.MemoryMib}M",
            "-object", $"memory-backend-memfd,id=mem,size={options.MemoryMib}M,share=on",
            "-device", "virtio-serial-pci,id=serial,max_ports=4",
            "-chardev", $"file,id=console,path=/proc/self/fd/{console},append=on", "-device", "virtconsole,bus=serial.0,chardev=console",
            "-chardev", $"socket,id=commands,fd={port}", "-device", "virtserialport,bus=serial.0,chardev=commands,name=commands",
            "-chardev", $"socket,id=monitor,fd={monitor}", "-mon", "chardev=monitor,mode=control",
            "-device", "virtio-rng-pci",
            "-kernel", options.Kernel.Image, "-initrd", initrd, "-append", $"{Kernel} {options.KernelWords}",
            .. shares, .. options.Arguments,
        ];
    }

    // As the shim chooses: the device alone proves nothing.
    private static bool HasKvm() => File.Exists(Kvm.Device) && Kvm.ProcessorFlag(File.ReadAllText("/proc/cpuinfo")) is not null;
}
