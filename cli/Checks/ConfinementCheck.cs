using System;
using System.Linq;

namespace KataShimNet.Cli.Checks;

/// <summary>What fsd and QEMU lock themselves in with: filters of system calls, and namespaces of their own.</summary>
internal static class ConfinementCheck
{
    private const string Actions = "/proc/sys/kernel/seccomp/actions_avail";

    private static readonly string[] s_namespaces = ["mnt", "net", "pid"];

    public static CheckLine Run(CheckContext context)
    {
        string[] actions = (context.Machine.Text(Actions) ?? "").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (!actions.Contains("errno") || !actions.Contains("kill_process"))
            return CheckLine.Fail("confinement", $"the kernel has no filters of system calls ({Actions})", "boot a kernel with CONFIG_SECCOMP_FILTER");
        string[] missing = [.. s_namespaces.Where(name => !System.IO.Path.Exists(context.Machine.At($"/proc/self/ns/{name}")))];
        return missing.Length == 0
            ? CheckLine.Pass("confinement", "filters of system calls, namespaces")
            : CheckLine.Fail("confinement", $"the kernel has no namespaces of these kinds: {string.Join(", ", missing)}", "boot a kernel with CONFIG_NAMESPACES");
    }
}
