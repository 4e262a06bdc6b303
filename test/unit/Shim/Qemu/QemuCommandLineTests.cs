using System.Collections.Generic;
using System.Linq;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Qemu.Hotplug;
using KataShimNet.Shim.Sandboxes.Sizing;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Qemu;

public sealed class QemuCommandLineTests
{
    private static readonly QemuFds s_serial = new(Qmp: 3, Console: 4, Sharing: 5, Agent: 6, Vsock: null);
    private static readonly RootPortTable s_ports = new(2);

    private static readonly MachineSize s_size = new(Vcpus: 2, MaxVcpus: 2, MemoryMib: 512, MaxMemoryMib: 512);

    [Fact]
    public void TheWholeLineUnderTcgOverASerialPort()
    {
        var options = new KatanetOptions { Hypervisor = new() { ExtraArguments = ["-d", "guest_errors"] } };
        var words = QemuCommandLine.Build("abc", options, kvm: false, s_size, s_serial, s_ports, []).ToList();
        // The kernel's own line has tests of its own.
        words[words.IndexOf("-append") + 1] = "…";
        Assert.Equal(
            """
            /usr/bin/qemu-system-x86_64
            -name sandbox-abc -nodefaults -no-user-config -nographic
            -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
            -accel tcg
            -machine q35,memory-backend=mem,dump-guest-core=off,graphics=off,i8042=off,sata=off,smbus=off,usb=off,vmport=off
            -cpu max,pmu=off -smp 2
            -m 512M -object memory-backend-memfd,id=mem,size=512M,share=on
            -chardev socket,id=qmp,fd=3 -qmp chardev:qmp
            -device pcie-root-port,id=port2,addr=0x2,chassis=2,io-reserve=0 -device pcie-root-port,id=port3,addr=0x3,chassis=3,io-reserve=0
            -device pcie-root-port,id=port-mapped,addr=0x1e,chassis=30,io-reserve=0,pref64-reserve=256M
            -device virtio-serial-pci,id=serial,max_ports=4,addr=0x1.0,multifunction=on
            -chardev socket,id=console,fd=4 -device virtconsole,bus=serial.0,chardev=console
            -chardev socket,id=agent,fd=6 -device virtserialport,bus=serial.0,chardev=agent,id=agent-port,name=katanet.agent.0
            -device virtio-rng-pci,addr=0x1.1
            -device pvpanic -action panic=none
            -device virtio-balloon-pci,free-page-reporting=on,addr=0x1.4
            -chardev socket,id=sharing,fd=5
            -device vhost-user-fs-pci,chardev=sharing,tag=kataShared,num-request-queues=2,queue-size=1024,addr=0x1.2
            -no-reboot -kernel /usr/share/katanet/vmlinux -append …
            -d guest_errors
            """.ReplaceLineEndings(" "),
            string.Join(' ', words));
    }

    [Fact]
    public void KvmUsesTheHostsProcessorAndAsManyOfThemAsAskedFor()
    {
        var options = new KatanetOptions { Sharing = new() { Queues = 4, QueueSize = 128 } };
        var words = QemuCommandLine.Build("abc", options, kvm: true, s_size, s_serial with { Kvm = 7 }, s_ports, []);
        Assert.Equal("host,pmu=off", After(words, "-cpu"));
        Assert.Equal("2", After(words, "-smp"));
        Assert.Equal("fd=7,set=1", After(words, "-add-fd"));
        Assert.Equal("kvm,device=/dev/fdset/1", After(words, "-accel"));
        Assert.Contains("vhost-user-fs-pci,chardev=sharing,tag=kataShared,num-request-queues=4,queue-size=128,addr=0x1.2", words);
    }

    [Fact]
    public void AMachineThatMayGrowHasRoomAndItsMemoryIsMadeAsAskedFor()
    {
        var options = new KatanetOptions { Hypervisor = new() { Hugepages = true, Prealloc = true, FreePageReporting = false, Seccomp = false } };
        var words = QemuCommandLine.Build("abc", options, kvm: false, new MachineSize(2, 4, 512, 4096), s_serial, s_ports, []);
        Assert.Equal("2,maxcpus=4", After(words, "-smp"));
        Assert.Equal("512M,slots=16,maxmem=4096M", After(words, "-m"));
        Assert.Contains("memory-backend-memfd,id=mem,size=512M,share=on,hugetlb=on,prealloc=on", words);
        Assert.DoesNotContain(words, word => word.StartsWith("virtio-balloon", System.StringComparison.Ordinal));
        Assert.DoesNotContain("-sandbox", words);
    }

    [Fact]
    public void RandomNumbersOfADeviceASecondMonitorAndAThreadForDisksComeWhenTheyAreAskedFor()
    {
        var options = new KatanetOptions { Hypervisor = new() { BlockIothread = true, ExtraMonitorSocket = ExtraMonitor.Hmp } };
        var line = string.Join(' ', QemuCommandLine.Build("abc", options, kvm: false, s_size, s_serial with { Entropy = 8, ExtraMonitor = 9 }, s_ports, []));
        Assert.Contains("-add-fd fd=8,set=2 -object rng-random,id=entropy,filename=/dev/fdset/2 -device virtio-rng-pci,rng=entropy,addr=0x1.1 ", line, System.StringComparison.Ordinal);
        Assert.Contains("-chardev socket,id=extra-monitor,fd=9,server=on,wait=off -monitor chardev:extra-monitor ", line, System.StringComparison.Ordinal);
        Assert.Contains("-object iothread,id=disks ", line, System.StringComparison.Ordinal);
    }

    [Fact]
    public void VsockTakesThePlaceOfTheSerialPort()
    {
        var words = QemuCommandLine.Build("abc", new KatanetOptions(), kvm: true, s_size, s_serial with { Agent = null, Vsock = 7 }, s_ports, [], guestCid: 42);
        Assert.Contains("vhost-vsock-pci,vhostfd=7,guest-cid=42,addr=0x1.3", words);
        Assert.DoesNotContain(words, word => word.StartsWith("virtserialport", System.StringComparison.Ordinal));
        Assert.Contains("agent.server_addr=vsock://-1:1024 ", After(words, "-append"), System.StringComparison.Ordinal);
    }

    [Fact]
    public void AnInitrdComesWithTheBootFormOfThatName()
    {
        var words = QemuCommandLine.Build("abc", new KatanetOptions { Guest = new() { Boot = GuestBoot.Initrd } }, kvm: false, s_size, s_serial, s_ports, []);
        Assert.Equal("/usr/share/katanet/guest.cpio.zst", After(words, "-initrd"));
    }

    [Fact]
    public void ACommaInANameIsWrittenTwice() =>
        Assert.Equal("sandbox-a,,b", After(QemuCommandLine.Build("a,b", new KatanetOptions(), kvm: false, s_size, s_serial, s_ports, []), "-name"));

    private static string After(IReadOnlyList<string> words, string name) => words[words.ToList().IndexOf(name) + 1];
}
