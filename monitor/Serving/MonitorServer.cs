using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Grpc.HealthCheck;
using Grpc.Reflection;
using KataShimNet.Logging;
using KataShimNet.Monitor.Scraping;
using KataShimNet.Monitor.Watching;
using KataShimNet.Sandboxes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Monitor.Serving;

/// <summary>Serves until it is told to end: HTTP for Prometheus, gRPC for whoever manages the node.</summary>
/// <param name="options">What the command line says.</param>
internal sealed partial class MonitorServer(MonitorOptions options)
{
    // Users of sockets in it need to pass through: as the shims make it.
    private const UnixFileMode StateDirMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Serves.</summary>
    /// <param name="cancel">Ends it; SIGTERM and SIGINT do too.</param>
    /// <exception cref="IOException">An address is taken, or cannot be used.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        if (!Directory.Exists(options.StateDir))
            Directory.CreateDirectory(options.StateDir, StateDirMode);
        using var own = new OwnersSocket(options.Socket);
        using var numbers = options.Listen.Path is { } path ? new OwnersSocket(path) : null;
        await using var server = Build(own, numbers);
        server.MapGrpcService<MonitorService>();
        server.MapGrpcService<HealthServiceImpl>();
        server.MapGrpcService<ReflectionServiceImpl>();
        server.Services.GetRequiredService<HttpPages>().Map(server);
        server.Lifetime.ApplicationStarted.Register(() => LogServing(server.Logger, options.Listen, options.Socket));
        try
        {
            await server.RunAsync(cancel).ConfigureAwait(false);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new IOException($"{options.Listen} is taken by another program: stop that, or give --listen another address", e);
        }
    }

    private WebApplication Build(OwnersSocket own, OwnersSocket? numbers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenHandle(own.ForServer(), static listen => listen.Protocols = HttpProtocols.Http2);
            if (numbers is not null)
                kestrel.ListenHandle(numbers.ForServer(), static listen => listen.Protocols = HttpProtocols.Http1);
            else
                kestrel.Listen(options.Listen.Ip!, static listen => listen.Protocols = HttpProtocols.Http1);
        });
        // What keeps the host from starting is an exception, which is told once.
        builder.Logging.AddProvider(new LogfmtLoggerProvider(Console.OpenStandardError()))
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddFilter("Grpc", LogLevel.Warning);
        builder.Services.AddSystemd();
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new SandboxList(options.StateDir));
        builder.Services.AddSingleton<MonitorNumbers>();
        builder.Services.AddSingleton<HttpPages>();
        builder.Services.AddSingleton<MonitorService>();
        builder.Services.AddSingleton(Services.Health());
        builder.Services.AddSingleton(Services.Reflection());
        builder.Services.AddSingleton(services => new Scraper(
            services.GetRequiredService<SandboxList>(), options.TimeLimit, services.GetRequiredService<MonitorNumbers>(), services.GetRequiredService<ILogger<Scraper>>()));
        builder.Services.AddSingleton<SandboxWatch>();
        builder.Services.AddHostedService(static services => services.GetRequiredService<SandboxWatch>());
        return builder.Build();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "serving")]
    private static partial void LogServing(ILogger log, ListenAddress listen, string socket);
}
