using System;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.EndToEndTests.Sharing;

/// <summary>
/// Real programs that share a volume cannot tell it from a local disk. KATANET_SHARING_INCREMENTS (2000000) and KATANET_SHARING_SECONDS
/// (15, for SQLite and for LMDB) make the tests longer.
/// </summary>
[Collection(NodeCollection.Name)]
public sealed partial class SharingTests(SharingPods pods) : IClassFixture<SharingPods>
{
    private static readonly int s_increments = Number("KATANET_SHARING_INCREMENTS", 2_000_000);
    private static readonly int s_seconds = Number("KATANET_SHARING_SECONDS", 15);

    // 31 ns each where nobody else wants the processors; emulated machines on a busy host get few of them.
    private static readonly TimeSpan s_counting = TimeSpan.FromMicroseconds(20L * s_increments);

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static long LastNumber(string lines) => long.Parse(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], CultureInfo.InvariantCulture);

    /// <summary>Runs the same program for several parties at once.</summary>
    private static Task<CommandResult[]> TogetherAsync(Party[] parties, Func<Party, Task<CommandResult>> run) => Task.WhenAll(parties.Select(run));

    /// <summary>Ends a pod as a loss of power would.</summary>
    private static async Task KillAsync(Pod pod)
    {
        if (PodScope.IsKatanet)
        {
            Assert.Equal(0, Signals.kill(pod.Machine().Pid, Signals.SIGKILL));
        }
        else
        {
            // SIGKILL for each container.
            await pod.StopAsync();
        }
    }
}
