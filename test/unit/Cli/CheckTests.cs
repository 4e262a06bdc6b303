using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using KataShimNet.Cli.Checks;
using KataShimNet.Cli.Commands;
using KataShimNet.RuntimeConfig.Options;
using Xunit;

namespace KataShimNet.UnitTests.Cli;

/// <summary>The checks, on a folder that stands for a machine: sound, and with one thing wrong at a time.</summary>
public sealed class CheckTests : IDisposable
{
    private const string Qemu = "/usr/bin/qemu-system-x86_64";
    private const string Containerd = "/usr/bin/containerd";
    private const string Shim = "/usr/local/bin/containerd-shim-katanet-v2";
    private const string Kernel = "/usr/share/katanet/vmlinux";

    private string? _diversion;
    private readonly string _root = Directory.CreateTempSubdirectory("katanet-check-").FullName;

    public CheckTests()
    {
        Text("/proc/sys/kernel/osrelease", "6.18.1-amd64\n");
        Text("/proc/cpuinfo", "processor\t: 0\nmodel name\t: A Processor\nflags\t\t: fpu vmx sse\n");
        Text("/proc/sys/kernel/seccomp/actions_avail", "kill_process kill_thread trap errno user_notif trace log allow\n");
        foreach (string kind in (string[])["mnt", "net", "pid"])
            Text($"/proc/self/ns/{kind}", "");
        Text("/proc/42/comm", "containerd\n");
        Text("/proc/42/environ", "LANG=C\0PATH=/usr/local/bin:/usr/bin\0");
        foreach (string device in (string[])["/dev/kvm", "/dev/vhost-vsock", "/dev/fuse"])
            Text(device, "");
        Program(Qemu, "QEMU emulator version 11.1.2 (Debian 1:11.1.2+ds-1)");
        Program(Containerd, "containerd github.com/containerd/containerd/v2 2.1.9 abc");
        Program(Shim, "");
        Program("/usr/local/bin/katanet-fsd", "");
        Program("/usr/share/katanet/guest/sbin/init", "");
        Text(Kernel, "\u007fELF");
        Text("/run/containerd/containerd.sock", "");
        Text("/etc/containerd/conf.d/katanet.toml", "runtime_type = \"io.containerd.katanet.v2\"\n");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void ASoundMachinePassesEveryCheck() => Assert.All(Run(), line => Assert.True(line.Verdict == Verdict.Pass, line.ToString()));

    [Theory]
    [InlineData("/dev/kvm", "accelerator", "Warn")]
    [InlineData("/dev/vhost-vsock", "agent channel", "Warn")]
    [InlineData("/dev/fuse", "fuse", "Warn")]
    [InlineData(Qemu, "qemu", "Fail")]
    [InlineData(Kernel, "guest kernel", "Fail")]
    [InlineData("/usr/share/katanet/guest/sbin/init", "guest root", "Fail")]
    [InlineData(Shim, "shim", "Fail")]
    [InlineData("/usr/local/bin/katanet-fsd", "fsd", "Fail")]
    [InlineData(Containerd, "containerd", "Fail")]
    [InlineData("/run/containerd/containerd.sock", "containerd", "Warn")]
    [InlineData("/etc/containerd/conf.d/katanet.toml", "handler", "Warn")]
    [InlineData("/proc/sys/kernel/seccomp/actions_avail", "confinement", "Fail")]
    [InlineData("/proc/self/ns/net", "confinement", "Fail")]
    [InlineData("/proc/sys/kernel/osrelease", "kernel", "Fail")]
    public void WhatIsMissingIsTold(string path, string subject, string verdict)
    {
        File.Delete(_root + path);
        CheckLine line = Run().First(line => line.Subject == subject);
        Assert.Equal(verdict, line.Verdict.ToString());
        Assert.False(string.IsNullOrEmpty(line.Advice));
    }

    // containerd 1.x has its own runc only while no file names a handler; without its default handler the CRI plugin fails.
    [Theory]
    [InlineData("1.7.24", "", "Warn")]
    [InlineData("1.6.20", "# [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n", "Warn")]
    [InlineData("1.7.24", "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n", "Pass")]
    [InlineData("1.7.24", "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes]\n", "Pass")]
    [InlineData("2.1.9", "", "Pass")]
    public void AHandlerThatHidesRuncIsTold(string version, string main, string verdict)
    {
        Program(Containerd, $"containerd github.com/containerd/containerd {version} abc");
        Text("/etc/containerd/config.toml", main);
        Text("/etc/containerd/conf.d/katanet.toml",
            "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.katanet]\n  runtime_type = \"io.containerd.katanet.v2\"\n");
        CheckLine line = Line("handler");
        Assert.Equal(verdict, line.Verdict.ToString());
        Assert.Equal(verdict == "Warn", line.Advice?.Contains("runc", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void AKernelThatDivertsNothingIsTold()
    {
        _diversion = "No such file or directory";
        CheckLine line = Line("port forward");
        Assert.Equal(Verdict.Warn, line.Verdict);
        Assert.Contains(_diversion, line.Finding, StringComparison.Ordinal);
        Assert.Contains("modprobe nf_tables nft_tproxy nft_socket", line.Advice, StringComparison.Ordinal);
        CheckLine off = PortForwardCheck.Run(new CheckContext(new Machine(_root, () => _diversion), new KatanetOptions { Network = new NetworkOptions { PortForward = false } }));
        Assert.Equal(Verdict.Pass, off.Verdict);
    }

    // As PortForwardTests: the kernel under the tests has what a node needs.
    [Fact]
    public void TheKernelIsReallyAsked() => Assert.Null(new Machine("/").TryDivertLoopback());

    [Fact]
    public void FsdIsSoughtBesideTheShimItself()
    {
        Directory.CreateDirectory(_root + "/opt/katanet");
        File.Move(_root + Shim, _root + "/opt/katanet/shim");
        File.CreateSymbolicLink(_root + Shim, _root + "/opt/katanet/shim");
        Assert.Equal("/opt/katanet/katanet-fsd is not there, or cannot be executed", Line("fsd").Finding);
        File.Move(_root + "/usr/local/bin/katanet-fsd", _root + "/opt/katanet/katanet-fsd");
        Assert.Equal(CheckLine.Pass("fsd", "/opt/katanet/katanet-fsd"), Line("fsd"));
    }

    [Fact]
    public void KvmWithoutTheProcessorIsNotKvm()
    {
        Text("/proc/cpuinfo", "model name\t: A Processor\nflags\t\t: fpu\n");
        Assert.StartsWith("TCG", Line("accelerator").Finding, StringComparison.Ordinal);
        Assert.Equal(Verdict.Fail, Line("accelerator", new HypervisorOptions { Accelerator = Accelerator.Kvm }).Verdict);
        Assert.Equal(Verdict.Pass, Line("accelerator", new HypervisorOptions { Accelerator = Accelerator.Tcg }).Verdict);
    }

    [Theory]
    [InlineData("QEMU emulator version 11.0.4", "Warn")]
    [InlineData("QEMU emulator version 11.1", "Pass")]
    [InlineData("QEMU emulator version 12.0.50 (v12.0.0-rc1)", "Pass")]
    [InlineData("GNU bash, version 12.0.0", "Fail")]
    public void QemuIsJudgedByItsVersion(string says, string verdict)
    {
        Program(Qemu, says);
        Assert.Equal(verdict, Line("qemu").Verdict.ToString());
    }

    [Fact]
    public void AProgramThatFailsIsQuoted()
    {
        Script(Qemu, "echo 'libfoo.so: cannot open' >&2; exit 127");
        Assert.Contains("exit code 127: libfoo.so: cannot open", Line("qemu").Finding, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1", "Pass")]
    [InlineData("containerd github.com/containerd/containerd 1.5.9 x", "Fail")]
    public void ContainerdIsJudgedByItsVersion(string says, string verdict)
    {
        Program(Containerd, says);
        Assert.Equal(verdict, Line("containerd").Verdict.ToString());
    }

    [Fact]
    public void AKernelImageIsKnownByItsMagic()
    {
        byte[] image = new byte[0x300];
        "HdrS"u8.CopyTo(image.AsSpan(0x202));
        File.WriteAllBytes(_root + Kernel, image);
        Assert.EndsWith("(bzImage)", Line("guest kernel").Finding, StringComparison.Ordinal);
        image[0x202] = 0;
        File.WriteAllBytes(_root + Kernel, image);
        Assert.Equal(Verdict.Fail, Line("guest kernel").Verdict);
    }

    [Fact]
    public void TheCommandPrintsALineEachAndFailsWhenOneFails()
    {
        string config = Path.Combine(_root, "config.yaml");
        File.WriteAllText(config, "hypervisor:\n  vcpu: 1\n");
        using var output = new StringWriter();
        Assert.Equal(1, CheckCommand.Run(output, new Machine(_root, () => _diversion), config, json: false));
        Assert.Contains($"{config}:2:3: hypervisor.vcpu: there is no such key; did you mean vcpus?", output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("this machine cannot run sandboxes yet\n", output.ToString(), StringComparison.Ordinal);

        File.WriteAllText(config, "");
        using var json = new StringWriter();
        Assert.Equal(0, CheckCommand.Run(json, new Machine(_root, () => _diversion), config, json: true));
        JsonElement report = JsonDocument.Parse(json.ToString()).RootElement;
        Assert.True(report.GetProperty("usable").GetBoolean());
        Assert.Equal("pass", report.GetProperty("checks")[0].GetProperty("verdict").GetString());
    }

    private List<CheckLine> Run() => [.. AllChecks.Run(new CheckContext(new Machine(_root, () => _diversion), new KatanetOptions()))];

    private CheckLine Line(string subject, HypervisorOptions? hypervisor = null) =>
        AllChecks.Run(new CheckContext(new Machine(_root, () => _diversion), new KatanetOptions { Hypervisor = hypervisor ?? new HypervisorOptions() }))
            .Single(line => line.Subject == subject);

    private void Text(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
        File.WriteAllText(_root + path, text);
    }

    private void Program(string path, string says) => Script(path, $"echo '{says}'");

    private void Script(string path, string script)
    {
        Text(path, $"#!/bin/sh\n{script}\n");
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException();
        File.SetUnixFileMode(_root + path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
