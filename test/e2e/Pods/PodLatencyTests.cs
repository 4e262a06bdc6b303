using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Pods;

/// <summary>How long a kubelet waits for a pod, its containers and an exec, ours and runc's in turns: <c>make bench ROWS=pods</c>. Nothing is asserted.</summary>
public sealed class PodLatencyTests(NodeFixture fixture, ITestOutputHelper output) : PodTest(fixture)
{
    private const int Rounds = 7;

    [Fact(Explicit = true)]
    public async Task Starts_are_measured_beside_runc()
    {
        string[] handlers = SandboxApi.IsThere ? ["katanet", SandboxApi.Handler, "runc"] : ["katanet", "runc"];
        Dictionary<(string Handler, string Step), List<double>> times = [];
        for (int round = 0; round <= Rounds; round++)
        {
            foreach (string handler in handlers)
            {
                Stopwatch watch = Stopwatch.StartNew();
                Pod pod = await RunPodAsync(new PodOptions { Handler = handler });
                Note("pod");
                PodContainer first = await pod.StartAsync("sleep", "1000");
                Note("first container");
                await pod.StartAsync("sleep", "1000");
                Note("second container");
                (await first.ExecAsync("true")).Exits(0);
                Note("exec");
                await pod.RemoveAsync();
                Note("stop and remove");

                void Note(string step)
                {
                    // The first round fills caches.
                    if (round > 0)
                    {
                        times.TryAdd((handler, step), []);
                        times[(handler, step)].Add(watch.Elapsed.TotalMilliseconds);
                    }

                    watch.Restart();
                }
            }
        }

        output.WriteLine($"containerd {TestNode.Containerd}, medians of {Rounds} rounds in turns, milliseconds");
        foreach (IGrouping<string, KeyValuePair<(string Handler, string Step), List<double>>> step in times.GroupBy(t => t.Key.Step))
        {
            output.WriteLine($"{step.Key,-18}" + string.Concat(step.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Key.Handler,14} {Median(t.Value),7:0}"))));
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
