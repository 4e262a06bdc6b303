using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading.Tasks;
using Grpc.Net.Client;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.EndToEndTests.Monitoring;

/// <summary><c>katanet monitor</c> on a node. At its end it gets SIGTERM, has to end well, and leaves no socket.</summary>
public sealed class RunningMonitor : IAsyncDisposable
{
    private const string GrpcSocket = "/run/katanet/monitor.sock";
    private const string HttpSocket = "/run/katanet-numbers.sock";

    /// <summary>Port of the node's loopback where it listens unless it is told otherwise.</summary>
    public const int Port = 8090;

    private readonly TestNode _node;
    private readonly Process _command;
    private readonly HttpClient _http;

    private RunningMonitor(TestNode node, Process command, HttpClient http)
    {
        (_node, _command, _http) = (node, command, http);
        Grpc = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = Handler(node.Root + GrpcSocket), DisposeHttpClient = true });
    }

    /// <summary>A channel to its service.</summary>
    public GrpcChannel Grpc { get; }

    /// <summary>The program: below the command that entered the node, not below its init.</summary>
    public ProcessEntry Program => ProcessTree.Below(_command.Id).Single(process => process.Name == "katanet-monitor");

    /// <summary>Starts it on a socket, and waits until it serves.</summary>
    public static Task<RunningMonitor> StartAsync(TestNode node, params string[] options) => WaitAsync(new RunningMonitor(
        node,
        node.Start(["katanet", "monitor", "--listen", HttpSocket, .. options]),
        new HttpClient(Handler(node.Root + HttpSocket)) { BaseAddress = new Uri("http://localhost/"), Timeout = TimeSpan.FromMinutes(2) }));

    /// <summary>Starts it as its unit does: on <see cref="Port"/>.</summary>
    public static Task<RunningMonitor> StartOnLoopbackAsync(TestNode node) =>
        WaitAsync(new RunningMonitor(node, node.Start("katanet", "monitor"), NodeHttp.Open(node, Port)));

    private static async Task<RunningMonitor> WaitAsync(RunningMonitor monitor)
    {
        try
        {
            await Waiting.UntilAsync("the monitor serves", TimeSpan.FromSeconds(60), monitor.IsHealthyAsync);
        }
        catch
        {
            await monitor.DisposeAsync();
            throw;
        }

        return monitor;
    }

    /// <summary>One page of it.</summary>
    public Task<string> GetAsync(string page) => _http.GetStringAsync(new Uri(page, UriKind.Relative));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        Grpc.Dispose();
        if (!_command.HasExited)
        {
            Assert.Equal(0, Signals.kill(Program.Pid, Signals.SIGTERM));
        }

        await _command.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        string errors = await _command.StandardError.ReadToEndAsync();
        Assert.True(_command.ExitCode == 0, $"katanet monitor ended with {_command.ExitCode}: {errors}");
        _command.Dispose();
        Assert.False(Path.Exists(_node.Root + GrpcSocket));
        Assert.False(Path.Exists(_node.Root + HttpSocket));
    }

    private static SocketsHttpHandler Handler(string path) => new()
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };

    private async Task<bool> IsHealthyAsync()
    {
        try
        {
            return !_command.HasExited && await GetAsync("healthz") == "ok\n";
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
