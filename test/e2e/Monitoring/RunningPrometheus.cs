using System;
using System.Diagnostics;
using System.Linq;
using System.Net.Http;
using System.Text.Json;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.EndToEndTests.Monitoring;

/// <summary>Debian's Prometheus on a node, which asks the node's monitor every second. At its end it gets SIGTERM, and nothing of it stays.</summary>
internal sealed class RunningPrometheus : IAsyncDisposable
{
    private const int Port = 9090;
    private const string Settings = "/run/prometheus.yaml";
    private const string Data = "/run/prometheus";

    private readonly TestNode _node;
    private readonly Process _command;
    private readonly HttpClient _http;

    private RunningPrometheus(TestNode node, Process command) => (_node, _command, _http) = (node, command, NodeHttp.Open(node, Port));

    /// <summary>Starts it with the lines of our documentation, and waits until it is ready.</summary>
    public static async Task<RunningPrometheus> StartAsync(TestNode node)
    {
        await node.WriteFileAsync(Settings, $$"""
            global: { scrape_interval: 1s, scrape_timeout: 1s }
            scrape_configs:
              - job_name: katanet
                static_configs: [{ targets: ["127.0.0.1:{{RunningMonitor.Port}}"] }]

            """);
        (await node.RunAsync("/opt/prometheus/bin/promtool", "check", "config", Settings)).Exits(0);
        var prometheus = new RunningPrometheus(node, node.Start(
            "/opt/prometheus/bin/prometheus", $"--config.file={Settings}", $"--storage.tsdb.path={Data}", $"--web.listen-address=127.0.0.1:{Port}", "--log.level=error"));
        try
        {
            await Waiting.UntilAsync("Prometheus is ready", TimeSpan.FromSeconds(60), prometheus.IsReadyAsync);
        }
        catch
        {
            await prometheus.DisposeAsync();
            throw;
        }

        return prometheus;
    }

    /// <summary>Asks for an expression's value now.</summary>
    /// <returns>Its series.</returns>
    public async Task<JsonElement[]> QueryAsync(string expression)
    {
        using HttpResponseMessage response = await _http.GetAsync(new Uri($"api/v1/query?query={Uri.EscapeDataString(expression)}", UriKind.Relative));
        JsonElement answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.True(response.IsSuccessStatusCode, $"{expression}: {answer}");
        return [.. answer.GetProperty("data").GetProperty("result").EnumerateArray()];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (ProcessEntry program in ProcessTree.Below(_command.Id).Where(process => process.Name == "prometheus"))
        {
            _ = Signals.kill(program.Pid, Signals.SIGTERM);
        }

        await _command.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        string errors = await _command.StandardError.ReadToEndAsync();
        Assert.True(_command.ExitCode == 0, $"Prometheus ended with {_command.ExitCode}: {errors}");
        _command.Dispose();
        (await _node.RunAsync("rm", "-r", Settings, Data)).Exits(0);
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using HttpResponseMessage response = await _http.GetAsync(new Uri("-/ready", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            Assert.False(_command.HasExited, "Prometheus has ended");
            return false;
        }
    }
}
