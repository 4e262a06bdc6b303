using System;

namespace KataShimNet.Cli.Checks;

/// <summary>QEMU: there, and new enough to share memory of files between virtual machines.</summary>
internal static class QemuCheck
{
    // The first with vhost-user-test-device-pci and shared memory regions of vhost-user, which DAX needs.
    private static readonly Version s_forDax = new(11, 1);

    public static CheckLine Run(CheckContext context)
    {
        string path = context.Options.Hypervisor.Path;
        if (!context.Machine.IsProgram(path))
            return CheckLine.Fail("qemu", $"{path} is not there, or cannot be executed", "install QEMU, or set hypervisor.path");
        if (context.Machine.FirstLineOf(path, "--version", out string error) is not { } line)
            return CheckLine.Fail("qemu", error, "install QEMU anew, or set hypervisor.path");
        if (!line.Contains("QEMU", StringComparison.Ordinal) || VersionIn.Text(line) is not { } version)
            return CheckLine.Fail("qemu", $"{path} is no QEMU, it says: {line}", "set hypervisor.path");
        return version >= s_forDax
            ? CheckLine.Pass("qemu", $"{path}, version {version}")
            : CheckLine.Warn("qemu", $"{path}, version {version}", $"DAX needs {s_forDax} or later; all else works");
    }
}
