using System;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.Agent.Connections;
using KataShimNet.AgentProto.Guest;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Rpc;

/// <summary>Calls about connections of the host's to servers in the guest.</summary>
internal sealed class ConnectionMethods
{
    private readonly ConcurrentDictionary<ulong, LoopbackConnection> _connections = new();

    /// <summary>Adds the methods to a table.</summary>
    /// <param name="table">The table.</param>
    public void AddTo(TtrpcServiceTable table) => table
        .Add(GuestContract.GuestService, "OpenConnection", OpenConnectionRequest.Parser, OpenAsync)
        .Add(GuestContract.GuestService, "ReadConnection", ReadConnectionRequest.Parser, (request, cancel) => TryAsync(request.Id, async connection =>
            new ReadConnectionResponse { Data = await connection.ReadAsync(request.Length, cancel).ConfigureAwait(false) }))
        .Add(GuestContract.GuestService, "WriteConnection", WriteConnectionRequest.Parser, (request, cancel) => TryAsync(request.Id, async connection =>
        {
            await connection.WriteAsync(request.Data.Memory, cancel).ConfigureAwait(false);
            return new Empty();
        }))
        .Add(GuestContract.GuestService, "EndConnection", EndConnectionRequest.Parser, (request, _) => TryAsync(request.Id, connection =>
        {
            connection.End();
            return Task.FromResult(new Empty());
        }))
        .Add(GuestContract.GuestService, "CloseConnection", CloseConnectionRequest.Parser, (request, _) =>
        {
            Close(request.Id, request.Reset);
            return Task.FromResult(new Empty());
        });

    private async Task<Empty> OpenAsync(OpenConnectionRequest request, CancellationToken cancel)
    {
        if (request.Port is 0 or > ushort.MaxValue)
            throw new TtrpcException(StatusCode.InvalidArgument, $"OpenConnection: {request.Port} is no port");
        var connection = new LoopbackConnection();
        if (!_connections.TryAdd(request.Id, connection))
        {
            connection.Dispose();
            throw new TtrpcException(StatusCode.AlreadyExists, $"OpenConnection: {request.Id} is there");
        }

        try
        {
            await connection.ConnectAsync((ushort)request.Port, cancel).ConfigureAwait(false);
            return new Empty();
        }
        catch (Exception e)
        {
            Close(request.Id, reset: false);
            if (e is not SocketException)
                throw;
            throw new TtrpcException(StatusCode.Unavailable, $"port {request.Port}: {e.Message}", e);
        }
    }

    private async Task<T> TryAsync<T>(ulong id, Func<LoopbackConnection, Task<T>> work)
    {
        if (!_connections.TryGetValue(id, out var connection))
            throw new TtrpcException(StatusCode.NotFound, $"there is no connection {id}");
        try
        {
            return await work(connection).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new TtrpcException(StatusCode.Aborted, $"connection {id}: {e.Message}", e);
        }
    }

    private void Close(ulong id, bool reset)
    {
        if (!_connections.TryRemove(id, out var connection))
            return;
        if (reset)
            connection.Break();
        connection.Dispose();
    }
}
