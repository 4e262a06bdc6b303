using System;

namespace KataShimNet.Cli.Checks;

/// <summary>The host's kernel: mounts that are in no mount table and can be changed before use need mount_setattr(2).</summary>
internal static class KernelCheck
{
    private static readonly Version s_least = new(5, 12);

    public static CheckLine Run(CheckContext context)
    {
        string release = context.Machine.Text("/proc/sys/kernel/osrelease")?.Trim() ?? "";
        if (VersionIn.Text(release) is not { } version)
            return CheckLine.Fail("kernel", "its release cannot be read from /proc/sys/kernel/osrelease", "mount /proc");
        return version >= s_least
            ? CheckLine.Pass("kernel", release)
            : CheckLine.Fail("kernel", $"{release} is older than {s_least}", $"boot a kernel from {s_least}");
    }
}
