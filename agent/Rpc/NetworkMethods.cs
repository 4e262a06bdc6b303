using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.Agent.Network;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Types;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Netlink;

namespace KataShimNet.Agent.Rpc;

/// <summary>Calls about the guest's network.</summary>
/// <param name="interfaces">Its interfaces.</param>
/// <param name="routes">Its routes.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle: there is nothing to release.")]
internal sealed class NetworkMethods(InterfaceTable interfaces, GuestRoutes routes)
{
    // One change at a time: what one call finds, another must not rename.
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Adds the methods to a table.</summary>
    /// <param name="table">The table.</param>
    public void AddTo(TtrpcServiceTable table) => table
        .Add(GuestContract.AgentService, "UpdateInterface", UpdateInterfaceRequest.Parser, UpdateInterfaceAsync)
        .Add(GuestContract.AgentService, "UpdateRoutes", UpdateRoutesRequest.Parser, UpdateRoutesAsync)
        .Add(GuestContract.AgentService, "ListInterfaces", ListInterfacesRequest.Parser, (_, cancel) => InTurnAsync(() => Task.FromResult(interfaces.List()), cancel))
        .Add(GuestContract.AgentService, "ListRoutes", ListRoutesRequest.Parser, (_, cancel) => InTurnAsync(() => Task.FromResult(routes.List()), cancel))
        .Add(GuestContract.AgentService, "AddARPNeighbors", AddARPNeighborsRequest.Parser, AddNeighboursAsync);

    private Task<Interface> UpdateInterfaceAsync(UpdateInterfaceRequest request, CancellationToken cancel) => InTurnAsync(
        async () =>
        {
            var wanted = request.Interface ?? throw new TtrpcException(StatusCode.InvalidArgument, "the request names no interface");
            await interfaces.UpdateAsync(wanted, cancel).ConfigureAwait(false);
            return wanted;
        },
        cancel);

    private Task<Routes> UpdateRoutesAsync(UpdateRoutesRequest request, CancellationToken cancel) => InTurnAsync(
        () =>
        {
            routes.Replace(request.Routes ?? new Routes());
            return Task.FromResult(routes.List());
        },
        cancel);

    private Task<Empty> AddNeighboursAsync(AddARPNeighborsRequest request, CancellationToken cancel) => InTurnAsync(
        () =>
        {
            routes.AddNeighbours(request.Neighbors ?? new ARPNeighbors());
            return Task.FromResult(new Empty());
        },
        cancel);

    private async Task<T> InTurnAsync<T>(Func<Task<T>> work, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e) when (e is NetlinkException or LinuxException)
        {
            throw new TtrpcException(StatusCode.Internal, e.Message, e);
        }
        finally
        {
            _turn.Release();
        }
    }
}
