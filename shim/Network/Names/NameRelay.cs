using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Guest;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Timeout;

namespace KataShimNet.Shim.Network.Names;

/// <summary>
/// Brings the guest's name queries to the server that Docker runs for user-defined networks: it listens at a loopback address of the pod's
/// namespace (libnetwork, resolver), where no packet of the guest arrives. The agent takes the queries at the same address of the guest.
/// </summary>
/// <param name="agent">The connection with the agent.</param>
/// <param name="netns">The pod's network namespace; a duplicate is kept.</param>
/// <param name="log">Hears when it does not work.</param>
internal sealed partial class NameRelay(TtrpcClient agent, OwnedFd netns, ILogger log)
{
    private const string Server = "127.0.0.11";
    private const int MostAtOnce = 32;

    // More is no resolver configuration.
    private const long LongestFile = 64 << 10;

    // Docker gives an outer server four seconds (libnetwork, extIOTimeout).
    private static readonly ResiliencePipeline s_query = new ResiliencePipelineBuilder { Name = "name-query" }.AddTimeout(TimeSpan.FromSeconds(8)).Build();

    private static readonly TimeSpan s_answerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Whether a resolv.conf(5) names the server.</summary>
    /// <param name="resolvConf">Path of the file.</param>
    public static bool IsNamedIn(string resolvConf)
    {
        try
        {
            return new FileInfo(resolvConf) is { Exists: true, Length: <= LongestFile } &&
                File.ReadLines(resolvConf).Any(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is ["nameserver", Server, ..]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Makes the agent listen: when this completes, a container may ask.</summary>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">The agent knows nothing of this, or something else listens there.</exception>
    public Task ListenAsync(CancellationToken cancel) => agent.CallAsync(
        GuestContract.GuestService, "ListenForNames", new ListenForNamesRequest { Server = Server }, Empty.Parser, Timeout.InfiniteTimeSpan, cancel);

    /// <summary>Passes queries on until the agent is gone, or it is told to stop.</summary>
    /// <param name="stop">Stops.</param>
    public async Task RunAsync(CancellationToken stop)
    {
        using var here = netns.Duplicate();
        var server = new NameServer(here, IPAddress.Parse(Server));
        using var room = new SemaphoreSlim(MostAtOnce, MostAtOnce);
        try
        {
            while (true)
            {
                var query = await agent.CallAsync(
                    GuestContract.GuestService, "NextNameQuery", new Empty(), NameQuery.Parser, Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
                await room.WaitAsync(stop).ConfigureAwait(false);
                _ = AnswerAsync(server, query, room, stop);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or TtrpcException)
        {
            if (!stop.IsCancellationRequested && !agent.Closed.IsCompleted)
                LogEnded(log, e.Message);
            // Those under way use the namespace's descriptor still.
            for (var i = 0; i < MostAtOnce; i++)
                await room.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(NameServer server, NameQuery query, SemaphoreSlim room, CancellationToken stop)
    {
        try
        {
            var answer = new NameAnswer { Id = query.Id, Message = UnsafeByteOperations.UnsafeWrap(await AskAsync(server, query, stop).ConfigureAwait(false)) };
            await agent.CallAsync(GuestContract.GuestService, "AnswerNameQuery", answer, Empty.Parser, s_answerLimit, stop).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or TtrpcException)
        {
            // Whoever asked does so again.
        }
        finally
        {
            room.Release();
        }
    }

    private async Task<ReadOnlyMemory<byte>> AskAsync(NameServer server, NameQuery query, CancellationToken stop)
    {
        try
        {
            return await s_query.ExecuteAsync(async token => await server.AskAsync(query.Message.Memory, query.Stream, token).ConfigureAwait(false), stop).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or TimeoutRejectedException)
        {
            LogUnanswered(log, e.Message);
            return NameServer.Failure(query.Message.Span);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "name queries of the guest reach Docker's name server no longer")]
    private static partial void LogEnded(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Docker's name server did not answer")]
    private static partial void LogUnanswered(ILogger log, string reason);
}
