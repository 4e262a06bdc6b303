using System;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Guest;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Shim.Network.Ports;

/// <summary>A connection with a server in the guest, by the agent. Every call ends with a <see cref="TtrpcException"/> when it is broken.</summary>
/// <param name="agent">The way to the agent.</param>
/// <param name="id">A number that no other connection has had.</param>
internal sealed class GuestConnection(TtrpcClient agent, ulong id)
{
    // On loopback an answer comes at once, unless the server's queue is full.
    private static readonly TimeSpan s_openLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(10);

    /// <summary>Connects.</summary>
    /// <param name="port">The server's.</param>
    /// <param name="cancel">Gives up.</param>
    public Task OpenAsync(int port, CancellationToken cancel) =>
        CallAsync("OpenConnection", new OpenConnectionRequest { Id = id, Port = (uint)port }, Empty.Parser, s_openLimit, cancel);

    /// <summary>Waits for bytes.</summary>
    /// <param name="most">Most of them.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Empty at the end.</returns>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(int most, CancellationToken cancel)
    {
        var request = new ReadConnectionRequest { Id = id, Length = (uint)most };
        return (await CallAsync("ReadConnection", request, ReadConnectionResponse.Parser, Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(false)).Data.Memory;
    }

    /// <summary>Sends bytes.</summary>
    /// <param name="data">The bytes; not changed before it has completed.</param>
    /// <param name="cancel">Gives up.</param>
    public Task WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancel) => CallAsync(
        "WriteConnection", new WriteConnectionRequest { Id = id, Data = UnsafeByteOperations.UnsafeWrap(data) }, Empty.Parser, Timeout.InfiniteTimeSpan, cancel);

    /// <summary>Ends what is sent.</summary>
    /// <param name="cancel">Gives up.</param>
    public Task EndAsync(CancellationToken cancel) =>
        CallAsync("EndConnection", new EndConnectionRequest { Id = id }, Empty.Parser, s_closeLimit, cancel);

    /// <summary>Closes it; an agent that is gone has done so.</summary>
    /// <param name="reset">What is on its way is lost, and the server sees a reset.</param>
    public async Task CloseAsync(bool reset)
    {
        try
        {
            var request = new CloseConnectionRequest { Id = id, Reset = reset };
            await CallAsync("CloseConnection", request, Empty.Parser, s_closeLimit, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TtrpcException)
        {
        }
    }

    private Task<T> CallAsync<T>(string method, IMessage request, MessageParser<T> parser, TimeSpan limit, CancellationToken cancel)
        where T : IMessage<T> => agent.CallAsync(GuestContract.GuestService, method, request, parser, limit, cancel);
}
