using System;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.VhostFrontEnd.Daemons;

namespace KataShimNet.IntegrationTests.Limits;

/// <summary>What the processes of a daemon take.</summary>
internal static class DaemonMemory
{
    /// <summary>Proportional set size of all processes in KiB, without the guest's memory (proc_pid_smaps(5)).</summary>
    public static long PssKib(Daemon daemon) => daemon.Processes().Sum(PssKib);

    /// <summary>Most open descriptors of any of the processes.</summary>
    public static int Descriptors(Daemon daemon) => daemon.Processes().Max(pid => Daemon.OpenFiles(pid).Count);

    private static long PssKib(int pid)
    {
        var sum = 0L;
        var guest = false;
        foreach (var line in File.ReadLines($"/proc/{pid}/smaps"))
        {
            // A mapping starts with its addresses; the guest's is a memfd of that name.
            if (char.IsAsciiHexDigitLower(line[0]))
                guest = line.Contains("/memfd:guest", StringComparison.Ordinal);
            else if (!guest && line.StartsWith("Pss:", StringComparison.Ordinal))
                sum += long.Parse(line.AsSpan(4, line.Length - 7), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
        }

        return sum;
    }
}
