using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Readme;
using Xunit;

namespace KataShimNet.EndToEndTests.Packages;

/// <summary>
/// The monitor's unit under a systemd that is process 1, and katanet-fsd without the shim: a machine of its own, whose root is the node's tree with the
/// .deb installed, served as the README says.
/// </summary>
public sealed class SystemdTests(BareNodeFixture fixture) : PackageTest(fixture)
{
    private const string Folder = "/state/machine";

    // Emulated, each of them takes seconds, and the monitor needs none.
    private static readonly string[] s_masked =
    [
        "systemd-udevd.service", "systemd-udev-trigger.service", "systemd-udevd-kernel.socket", "systemd-udevd-control.socket", "systemd-tmpfiles-setup.service",
        "systemd-tmpfiles-setup-dev.service", "systemd-tmpfiles-setup-dev-early.service", "systemd-sysusers.service", "systemd-modules-load.service",
        "systemd-journal-flush.service", "systemd-random-seed.service", "systemd-update-utmp.service", "systemd-sysctl.service",
        "modprobe@configfs.service", "modprobe@efi_pstore.service", "dev-hugepages.mount", "dev-mqueue.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
    ];

    // What the machine prints is lost when it hangs; the file is not.
    private static string InTheMachine => $"""
        #!/bin/sh
        exec >/report 2>&1
        set -x
        {ReadmeBlock.Script("monitor", "docs/getting-started.md")}
        systemctl show --property ActiveState,SubState,UnitFileState,NRestarts katanet-monitor
        grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/$(systemctl show --value --property MainPID katanet-monitor)/status
        stat -c '%a %n' /run/katanet /run/katanet/monitor.sock
        busybox wget -q -O - http://127.0.0.1:8090/healthz
        busybox wget -q -O - http://127.0.0.1:8090/metrics | grep katanet_monitor_sandboxes
        katanet ps
        systemctl disable --now katanet-monitor
        systemctl show --property ActiveState,UnitFileState,Result,ExecMainStatus katanet-monitor
        ls -A /run/katanet | wc -l
        {ReadmeBlock.Script("fsd-guest")}
        cmp /report /mnt/report
        echo the end
        """;

    private static string Kernel =>
        "-nographic -no-reboot -kernel /usr/share/katanet/vmlinux -append 'console=ttyS0 quiet root=files rootfstype=virtiofs rw init=/lib/systemd/systemd "
        + "systemd.machine_id=0123456789abcdef0123456789abcdef systemd.run=\"/bin/sh /check\" systemd.run_success_action=poweroff-force "
        + $"systemd.run_failure_action=poweroff-force {string.Join(' ', s_masked.Select(unit => "systemd.mask=" + unit))}' </dev/null";

    [Fact]
    public async Task The_unit_starts_answers_and_stops()
    {
        string deb = await BuiltPackages.FileAsync(".deb");
        File.Copy(deb, Path.Combine(Node.State, Path.GetFileName(deb)), overwrite: true);
        (await Node.RunAsync("sh", "-c", "dpkg --install /state/katanet_*.deb")).Exits(0);
        CommandResult machine;
        string report;
        try
        {
            // The machine writes into a layer of its own, not into the node.
            (await Node.RunAsync("sh", "-c", $"mkdir {Folder} && cd {Folder} && mkdir upper work root && mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work machine root")).Exits(0);
            await File.WriteAllTextAsync($"{Node.Root}{Folder}/root/check", InTheMachine);
            machine = await Node.RunAsync(TimeSpan.FromMinutes(4), null, "bash", "-c", string.Join(
                '\n',
                ReadmeBlock.Script("fsd").Replace("/srv/files", Folder + "/root", StringComparison.Ordinal),
                "until [ -S /run/share.sock ]; do kill -0 $!; sleep 0.05; done",
                ReadmeBlock.Script("fsd-machine").Replace("…", Kernel, StringComparison.Ordinal),
                "wait"));
            report = await File.ReadAllTextAsync($"{Node.Root}{Folder}/root/report");
        }
        finally
        {
            await Node.RunAsync("sh", "-c", $"umount {Folder}/root; rm -rf {Folder}");
            await Node.RunAsync(TimeSpan.FromSeconds(60), null, "dpkg", "--purge", "katanet");
        }

        machine.Exits(0);
        Assert.EndsWith("\nthe end\n", report, StringComparison.Ordinal);
        foreach (string line in (string[])
        [
            "ActiveState=active", "SubState=running", "UnitFileState=enabled", "NRestarts=0",
            // CAP_SYS_PTRACE, and a filter of system calls.
            "CapEff:\t0000000000080000", "NoNewPrivs:\t1", "Seccomp:\t2",
            "711 /run/katanet", "600 /run/katanet/monitor.sock", "ok", "katanet_monitor_sandboxes{state=\"running\"} 0",
            "ActiveState=inactive", "UnitFileState=disabled", "Result=success", "ExecMainStatus=0", "0",
        ])
            Assert.True(report.Split('\n').Contains(line), $"no line \"{line}\" in:\n{report}");
    }
}
