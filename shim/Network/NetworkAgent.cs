using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Types;
using KataShimNet.AgentProto.Ttrpc;
using Polly;

namespace KataShimNet.Shim.Network;

/// <summary>The agent's calls about the guest's network.</summary>
/// <param name="client">The connection.</param>
/// <param name="pipeline">Time-out of a call.</param>
internal sealed class NetworkAgent(TtrpcClient client, ResiliencePipeline pipeline)
{
    /// <summary>Finds an interface by its hardware address, waiting until it is there, and gives it name, addresses and MTU.</summary>
    public Task UpdateInterfaceAsync(Interface link, CancellationToken cancel) =>
        CallAsync("UpdateInterface", new UpdateInterfaceRequest { Interface = link }, Interface.Parser, cancel);

    /// <summary>Replaces the routes.</summary>
    public Task UpdateRoutesAsync(Routes routes, CancellationToken cancel) =>
        CallAsync("UpdateRoutes", new UpdateRoutesRequest { Routes = routes }, Routes.Parser, cancel);

    /// <summary>Adds neighbours.</summary>
    public Task AddNeighboursAsync(ARPNeighbors neighbours, CancellationToken cancel) =>
        CallAsync("AddARPNeighbors", new AddARPNeighborsRequest { Neighbors = neighbours }, Empty.Parser, cancel);

    private async Task CallAsync<T>(string method, IMessage request, MessageParser<T> parser, CancellationToken cancel)
        where T : IMessage<T> =>
        await pipeline.ExecuteAsync(
            async token => await client.CallAsync(GuestContract.AgentService, method, request, parser, Timeout.InfiniteTimeSpan, token).ConfigureAwait(false),
            cancel).ConfigureAwait(false);
}
