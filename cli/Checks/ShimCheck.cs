using System;
using System.Collections.Generic;
using System.IO;

namespace KataShimNet.Cli.Checks;

/// <summary>Our own programs: the shim where containerd finds it, fsd where the shim finds it.</summary>
internal static class ShimCheck
{
    private const string Shim = "containerd-shim-katanet-v2";

    private const string Fsd = "katanet-fsd";

    public static IEnumerable<CheckLine> Run(CheckContext context)
    {
        string searchPath = ContainerdCheck.SearchPath(context.Machine);
        string? shim = context.Machine.FindProgram(Shim, searchPath);
        yield return shim is null
            ? CheckLine.Fail("shim", $"{Shim} is in no folder of containerd's PATH ({searchPath})",
                "put it into /usr/local/bin, or give its path as runtime_path in containerd's settings")
            : CheckLine.Pass("shim", shim);

        string daemon = context.Options.Sharing.Daemon;
        if (daemon.Length == 0)
        {
            // As the shim does it: beside the file itself, not beside a link to it.
            string beside = shim is null ? Environment.ProcessPath ?? "/" : context.Machine.Target(shim);
            daemon = Path.Combine(Path.GetDirectoryName(beside) ?? "/", Fsd);
        }
        yield return context.Machine.IsProgram(daemon)
            ? CheckLine.Pass("fsd", daemon)
            : CheckLine.Fail("fsd", $"{daemon} is not there, or cannot be executed", "put it beside the shim, or set sharing.daemon");
    }
}
