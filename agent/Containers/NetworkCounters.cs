using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using KataShimNet.AgentProto.Kata;

namespace KataShimNet.Agent.Containers;

/// <summary>Counters of the pod's interfaces (proc_pid_net(5), /proc/net/dev). All containers of a pod share them.</summary>
internal static class NetworkCounters
{
    /// <summary>Where the kernel has them.</summary>
    public const string Path = "/proc/net/dev";

    // Counters of one line: eight received, eight sent.
    private const int Columns = 16;

    /// <summary>Reads the file's text. The loopback device is nobody's network.</summary>
    /// <param name="text">The file.</param>
    public static IEnumerable<NetworkStats> Parse(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
                continue;
            var name = line[..colon].Trim();
            var values = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (name == "lo" || values.Length < Columns)
                continue;
            var counters = values.Select(v => ulong.Parse(v, CultureInfo.InvariantCulture)).ToArray();
            yield return new NetworkStats
            {
                Name = name,
                RxBytes = counters[0],
                RxPackets = counters[1],
                RxErrors = counters[2],
                RxDropped = counters[3],
                TxBytes = counters[8],
                TxPackets = counters[9],
                TxErrors = counters[10],
                TxDropped = counters[11],
            };
        }
    }
}
