using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Bench;
using KataShimNet.Bench.Starts;
using Xunit;

namespace KataShimNet.UnitTests.Bench;

/// <summary>The machine that a start is compared with.</summary>
public sealed class BareMachineTests
{
    private static readonly string[] s_shims =
    [
        "/usr/bin/qemu-system-x86_64", "-name", "sandbox-a", "-nodefaults", "-machine", "q35,accel=tcg,memory-backend=mem", "-smp", "2",
        "-object", "memory-backend-memfd,id=mem,size=2048M,share=on", "-chardev", "socket,id=qmp,fd=3",
        "-qmp", "chardev:qmp", "-device", "virtio-serial-pci,id=serial",
        "-chardev", "socket,id=console,fd=4", "-device", "virtconsole,bus=serial.0,chardev=console",
        "-chardev", "socket,id=agent,fd=5", "-device", "virtserialport,bus=serial.0,chardev=agent,name=katanet.agent.0",
        "-device", "vhost-vsock-pci,vhostfd=6,guest-cid=3", "-chardev", "socket,id=sharing,fd=7",
        "-device", "vhost-user-fs-pci,chardev=sharing,tag=kataShared", "-no-reboot", "-kernel", "/k",
        "-append", "root=kataShared rootfstype=virtiofs rw init=/guest/sbin/init console=hvc0 quiet agent.log=info mitigations=off",
    ];

    [Fact]
    public void OnlyWhatBelongsToASandboxIsLeftOut() => Assert.Equal(
    [
        "/usr/bin/qemu-system-x86_64", "-name", "sandbox-a", "-nodefaults", "-machine", "q35,accel=tcg,memory-backend=mem", "-smp", "2",
        "-object", "memory-backend-memfd,id=mem,size=2048M,share=on", "-device", "virtio-serial-pci,id=serial",
        "-chardev", "stdio,id=console,signal=off", "-device", "virtconsole,bus=serial.0,chardev=console", "-no-reboot", "-kernel", "/k",
        "-append", "console=hvc0 quiet mitigations=off rdinit=/bin/echo -- bare-init-line", "-initrd", "/i",
    ], BareMachine.CommandLine(s_shims, "/i"));

    [Fact]
    public void AnInitrdOfTheShimIsReplaced()
    {
        IReadOnlyList<string> bare = BareMachine.CommandLine([.. s_shims, "-initrd", "/shims"], "/i");
        Assert.DoesNotContain("/shims", bare);
        Assert.Single(bare, "-initrd");
    }

    [Theory]
    [InlineData("-append", "does not boot a kernel directly")]
    [InlineData("virtconsole", "has no virtconsole")]
    public void AMachineThatCannotBeComparedWithIsAnError(string without, string message)
    {
        int at = Array.FindIndex(s_shims, word => word.StartsWith(without, StringComparison.Ordinal));
        string[] shims = [.. s_shims.Where((_, i) => i != at && i != (without[0] == '-' ? at + 1 : at - 1))];
        Assert.Contains(message, Assert.Throws<BenchException>(() => BareMachine.CommandLine(shims, "/i")).Message, StringComparison.Ordinal);
    }
}
