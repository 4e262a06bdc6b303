using System;
using System.CommandLine;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Monitor.Serving;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Monitor;

/// <summary>katanet-monitor, one per node: the numbers of all sandboxes for Prometheus, and a gRPC service for whoever manages the node.</summary>
internal static class Program
{
    private static int Main(string[] args) => Root().Parse(args).Invoke();

    private static RootCommand Root()
    {
        var listen = new Option<string>("--listen")
        {
            Description = "where Prometheus asks: ADDRESS:PORT or the path of a socket. Who reaches it reads all sandboxes' numbers: no password is asked for",
            HelpName = "ADDRESS",
            DefaultValueFactory = static _ => ListenAddress.Default,
        };
        var socket = new Option<string>("--socket")
        {
            Description = "path of the gRPC service's socket, which only its owner may open",
            HelpName = "PATH",
            DefaultValueFactory = static _ => MonitorOptions.DefaultSocket,
        };
        var limit = new Option<int>("--time-limit") { Description = "how long a sandbox may take to answer", HelpName = "SECONDS", DefaultValueFactory = static _ => 5 };
        var config = new Option<string?>("--config")
        {
            Description = $"settings file of the runtime handler, which says where its state lies (default: ${KatanetOptions.PathVariable}, then {KatanetOptions.DefaultPath})",
            HelpName = "FILE",
        };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 300)
                result.AddError("--time-limit: 1 to 300 seconds");
        });
        listen.Validators.Add(result =>
        {
            if (ListenAddress.Parse(result.GetValueOrDefault<string>()) is null)
                result.AddError("--listen: ADDRESS:PORT, such as 127.0.0.1:8090 or [::1]:8090, or the path of a socket");
        });
        var root = new RootCommand(
            "katanet monitor: serves /metrics, /sandboxes and /healthz over HTTP, and the gRPC service katanet.monitor.v1.Monitor with health and reflection, until SIGTERM")
        {
            listen, socket, limit, config,
        };
        root.SetAction((result, cancel) => RunAsync(
            () => new MonitorOptions(
                ListenAddress.Parse(result.GetValue(listen)!)!, result.GetValue(socket)!, TimeSpan.FromSeconds(result.GetValue(limit)), StateDir(result.GetValue(config))),
            cancel));
        return root;
    }

    private static string StateDir(string? named) =>
        ConfigLoader.Load(named ?? (Environment.GetEnvironmentVariable(KatanetOptions.PathVariable) is { Length: > 0 } file ? file : null)).Runtime.StateDir;

    private static async Task<int> RunAsync(Func<MonitorOptions> options, CancellationToken cancel)
    {
        try
        {
            await new MonitorServer(options()).RunAsync(cancel).ConfigureAwait(false);
            return 0;
        }
        catch (Exception e) when (e is ConfigException or LinuxException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"katanet-monitor: {e.Message}").ConfigureAwait(false);
            return 1;
        }
    }
}
