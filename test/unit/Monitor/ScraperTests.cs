using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.ShimApi;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Monitor.Scraping;
using KataShimNet.Sandboxes;
using KataShimNet.Shim.Sandboxes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Monitor;

/// <summary>One sandbox that answers, one that hangs, one whose server has gone, one that is dead: the first is told of, and the scrape ends in time.</summary>
public sealed class ScraperTests : IDisposable
{
    private readonly string _stateDir = Directory.CreateTempSubdirectory("katanet-scrape-").FullName;

    public void Dispose() => Directory.Delete(_stateDir, recursive: true);

    [Fact]
    public async Task OneThatHangsOrIsGoneCostsNothingButACount()
    {
        Note("k8s.io:good");
        using Socket good = Listen("k8s.io:good");
        Task answering = AnswerAsync(good, "# HELP x X.\n# TYPE x gauge\nx{sandbox=\"good\"} 1\n");
        Note("k8s.io:hangs");
        using Socket hangs = Listen("k8s.io:hangs");
        Note("k8s.io:gone");
        Note("k8s.io:dead", new ProcessMark("shim", 4_000_000, 1));
        var scraper = new Scraper(new SandboxList(_stateDir), TimeSpan.FromSeconds(1), new MonitorNumbers(), NullLogger<Scraper>.Instance);

        using var output = new MemoryStream();
        await scraper.WriteAsync(output, CancellationToken.None);
        string text = Encoding.UTF8.GetString(output.ToArray());
        Assert.StartsWith("# HELP x X.\n# TYPE x gauge\nx{sandbox=\"good\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nkatanet_monitor_scrape_errors_total 2\n", text, StringComparison.Ordinal);
        Assert.Contains("\nkatanet_monitor_sandboxes{state=\"booting\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("\nkatanet_monitor_sandboxes{state=\"dead\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nkatanet_monitor_scrape_seconds_count 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nprocess_cpu_seconds_total ", text, StringComparison.Ordinal);
        Assert.True(new MetricsUnion().Add(text), "the whole is of the format");
        await answering;
    }

    private static async Task AnswerAsync(Socket listener, string text)
    {
        using Socket connection = await listener.AcceptAsync();
        var table = new TtrpcServiceTable();
        table.Add("katanet.shim.v1.Metrics", "Get", MetricsRequest.Parser, (_, _) => Task.FromResult(new MetricsResponse { Text = text }));
        var server = new TtrpcServer(table, NullLogger.Instance);
        await server.ServeAsync(new NetworkStream(connection), CancellationToken.None);
    }

    private Socket Listen(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_stateDir, name + ".sock")));
        socket.Listen();
        return socket;
    }

    private void Note(string name, ProcessMark? shim = null) =>
        new StateFile(Path.Combine(_stateDir, name)).Create(shim ?? ProcessMark.Of("shim", Environment.ProcessId));
}
