using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Monitoring;

/// <summary>Grafana's dashboard, asked of a real Prometheus that scrapes the monitor of a node with a pod.</summary>
public sealed class DashboardTests(NodeFixture fixture) : PodTest(fixture)
{
    [Fact]
    public async Task Every_panel_shows_something_of_a_pod_that_runs()
    {
        Assert.SkipUnless(PodScope.IsKatanet, "katanet looks after our runtime only");
        await using RunningMonitor monitor = await RunningMonitor.StartOnLoopbackAsync(Node);
        Pod pod = await RunPodAsync();
        await pod.StartAsync("sleep", "1000");

        // Names, types and help of all families, as Prometheus wants them.
        using var text = new MemoryStream(Encoding.UTF8.GetBytes(await monitor.GetAsync("metrics")));
        CommandResult check = await Node.RunAsync(TimeSpan.FromSeconds(60), text, "/opt/prometheus/bin/promtool", "check", "metrics");
        Assert.Equal("", check.AllText);
        check.Exits(0);

        await using RunningPrometheus prometheus = await RunningPrometheus.StartAsync(Node);
        // Rates need some scrapes.
        await Waiting.UntilAsync(
            "the pod's container was scraped four times", TimeSpan.FromMinutes(2),
            async () => (await prometheus.QueryAsync("count_over_time(katanet_container_memory_bytes[1m]) >= 4")).Length > 0);
        List<string> empty = [];
        string[] queries = [.. Queries()];
        Assert.True(queries.Length > 30);
        foreach (string query in queries)
        {
            // What Grafana puts in: all namespaces, all sandboxes, and a time of a few scrapes.
            string asked = query.Replace("$namespace", ".*", StringComparison.Ordinal).Replace("$sandbox", ".*", StringComparison.Ordinal)
                .Replace("$__rate_interval", "1m", StringComparison.Ordinal);
            if ((await prometheus.QueryAsync(asked)).Length == 0)
            {
                empty.Add(asked);
            }
        }

        Assert.Empty(empty);
    }

    private static IEnumerable<string> Queries() =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestNode.FindRepository(), "deploy/grafana/katanet.json"))).RootElement
            .GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.TryGetProperty("targets", out JsonElement targets) ? targets.EnumerateArray() : default)
            .Select(target => target.GetProperty("expr").GetString()!);
}
