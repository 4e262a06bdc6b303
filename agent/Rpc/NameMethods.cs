using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.Agent.Names;
using KataShimNet.AgentProto.Guest;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Rpc;

/// <summary>Calls about name queries that the host answers.</summary>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as the guest.")]
internal sealed class NameMethods
{
    private readonly NameQueries _queries = new();
    private readonly Lock _gate = new();
    // Guarded by _gate.
    private readonly Dictionary<IPAddress, NameListener> _listeners = [];

    /// <summary>Adds the methods to a table.</summary>
    /// <param name="table">The table.</param>
    public void AddTo(TtrpcServiceTable table) => table
        .Add(GuestContract.GuestService, "ListenForNames", ListenForNamesRequest.Parser, ListenAsync)
        .Add(GuestContract.GuestService, "NextNameQuery", Empty.Parser, async (_, cancel) => await _queries.NextAsync(cancel).ConfigureAwait(false))
        .Add(GuestContract.GuestService, "AnswerNameQuery", NameAnswer.Parser, (answer, _) =>
        {
            _queries.Answer(answer);
            return Task.FromResult(new Empty());
        });

    private Task<Empty> ListenAsync(ListenForNamesRequest request, CancellationToken cancel)
    {
        if (!IPAddress.TryParse(request.Server, out var address) || address.AddressFamily != AddressFamily.InterNetwork || !IPAddress.IsLoopback(address))
            throw new TtrpcException(StatusCode.InvalidArgument, $"ListenForNames: '{request.Server}' is no address in 127.0.0.0/8");
        lock (_gate)
        {
            try
            {
                if (!_listeners.ContainsKey(address))
                    _listeners.Add(address, new NameListener(address, _queries));
            }
            catch (SocketException e)
            {
                throw new TtrpcException(StatusCode.FailedPrecondition, $"ListenForNames: {address}: {e.Message}", e);
            }
        }

        return Task.FromResult(new Empty());
    }
}
