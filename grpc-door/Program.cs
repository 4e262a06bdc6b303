using System;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Threading.Tasks;
using Grpc.AspNetCore.Server.Model;
using KataShimNet.AgentProto.Ttrpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace KataShimNet.GrpcDoor;

/// <summary>
/// The Task service over gRPC: <c>katanet-grpc DESCRIPTOR SOCKET</c> serves on a listening socket and passes every call to the shim's own
/// ttRPC socket. A program of its own, so that a shim that nobody reaches by gRPC pays nothing for it. Lives as long as the shim.
/// </summary>
internal static class Program
{
    private static readonly TimeSpan s_forever = TimeSpan.FromDays(36_500);

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [var number, var path] || !ulong.TryParse(number, CultureInfo.InvariantCulture, out var descriptor))
        {
            await Console.Error.WriteLineAsync("katanet-grpc DESCRIPTOR SOCKET is started by the shim, with containerd.protocol: grpc").ConfigureAwait(false);
            return 2;
        }

        try
        {
            await using var shim = await ConnectAsync(path).ConfigureAwait(false);
            await using var server = Build(descriptor, shim);
            await server.StartAsync().ConfigureAwait(false);
            await shim.Closed.ConfigureAwait(false);
            return 0;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            await Console.Error.WriteLineAsync($"katanet-grpc: {e.Message}").ConfigureAwait(false);
            return 1;
        }
    }

    private static async Task<TtrpcClient> ConnectAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path)).ConfigureAwait(false);
        return new TtrpcClient(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Builds the server.</summary>
    /// <param name="descriptor">A listening socket; owned from the start on.</param>
    /// <param name="shim">The connection to the shim.</param>
    internal static WebApplication Build(ulong descriptor, TtrpcClient shim)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // containerd takes the end of the connection for the shim's death, and holds many calls to Wait open. No end of time here:
            // Kestrel adds it to the clock, which overflows, and the connection is closed at once.
            kestrel.Limits.KeepAliveTimeout = s_forever;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 100_000;
            kestrel.ListenHandle(descriptor, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = TtrpcFrame.MaxLength);
        builder.Services.AddSingleton(new TaskDoor(shim));
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<TaskDoor>, TaskMethods>());
        var server = builder.Build();
        server.MapGrpcService<TaskDoor>();
        return server;
    }
}
