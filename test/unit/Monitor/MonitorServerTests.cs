using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Monitor;
using KataShimNet.Monitor.Serving;
using Xunit;

namespace KataShimNet.UnitTests.Monitor;

/// <summary>The server as a whole, on a node without sandboxes.</summary>
public sealed class MonitorServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("katanet-server-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task APortThatIsTakenIsSaid()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        string address = other.LocalEndpoint.ToString()!;
        IOException error = await Assert.ThrowsAsync<IOException>(() => new MonitorServer(Options(address)).RunAsync(CancellationToken.None));
        Assert.Equal($"{address} is taken by another program: stop that, or give --listen another address", error.Message);
        Assert.False(File.Exists(_folder + "/m.sock"));
    }

    [Fact]
    public async Task ItServesUntilItIsToldToEnd()
    {
        using var stop = new CancellationTokenSource();
        Task serving = new MonitorServer(Options(_folder + "/http.sock")).RunAsync(stop.Token);
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(_folder + "/http.sock"), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        using HttpResponseMessage metrics = await EventuallyAsync(http, serving);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", metrics.Content.Headers.ContentType!.ToString());
        Assert.Contains("katanet_monitor_sandboxes{state=\"running\"} 0\n", await metrics.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("[]\n", await http.GetStringAsync(new Uri("http://localhost/sandboxes")));
        Assert.Equal("ok\n", await http.GetStringAsync(new Uri("http://localhost/healthz")));
        await stop.CancelAsync();
        await serving;
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder, "*.sock"));
    }

    // It listens some moments after its start.
    private static async Task<HttpResponseMessage> EventuallyAsync(HttpClient http, Task serving)
    {
        while (true)
        {
            try
            {
                return await http.GetAsync(new Uri("http://localhost/metrics"));
            }
            catch (HttpRequestException) when (!serving.IsCompleted)
            {
                await Task.Yield();
            }
        }
    }

    private MonitorOptions Options(string listen) => new(ListenAddress.Parse(listen)!, _folder + "/m.sock", TimeSpan.FromSeconds(5), _folder + "/state");
}
