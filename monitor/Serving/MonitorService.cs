using System;
using System.Linq;
using System.Threading.Tasks;
using Grpc.Core;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Monitor.Api;
using KataShimNet.Monitor.Scraping;
using KataShimNet.Monitor.Watching;
using KataShimNet.Sandboxes;
using Polly.Timeout;
using StatusCode = Grpc.Core.StatusCode;

namespace KataShimNet.Monitor.Serving;

/// <summary>The service katanet.monitor.v1.Monitor; what its calls mean stands in monitor.proto.</summary>
/// <param name="sandboxes">The sandboxes.</param>
/// <param name="scraper">Asks them.</param>
/// <param name="watch">Tells of them.</param>
internal sealed class MonitorService(SandboxList sandboxes, Scraper scraper, SandboxWatch watch) : Api.Monitor.MonitorBase
{
    /// <inheritdoc/>
    public override Task<ListSandboxesResponse> ListSandboxes(ListSandboxesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListSandboxesResponse { Sandboxes = { sandboxes.All().Select(Message) } });

    /// <inheritdoc/>
    public override Task<Sandbox> GetSandbox(GetSandboxRequest request, ServerCallContext context) => Task.FromResult(Message(Find(request.Id)));

    /// <inheritdoc/>
    public override async Task<GetMetricsResponse> GetMetrics(GetMetricsRequest request, ServerCallContext context)
    {
        SandboxEntry entry = Find(request.Id);
        try
        {
            return new GetMetricsResponse { Text = await scraper.AskAsync(new SandboxFolder(entry.Namespace, entry.Id, entry.Folder), context.CancellationToken).ConfigureAwait(false) };
        }
        catch (SandboxException e)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, e.Message));
        }
        catch (TimeoutRejectedException)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"sandbox {entry.Id} did not answer in time"));
        }
        catch (TtrpcException e)
        {
            // Both protocols number their codes by the same list (google.rpc.Code).
            throw new RpcException(new Status((StatusCode)(int)e.Code, e.Message));
        }
    }

    /// <inheritdoc/>
    public override async Task WatchSandboxes(WatchSandboxesRequest request, IServerStreamWriter<SandboxEvent> responseStream, ServerCallContext context)
    {
        using WatchSubscription subscription = watch.Subscribe();
        try
        {
            await foreach (SandboxChange change in subscription.Changes.ReadAllAsync(context.CancellationToken).ConfigureAwait(false))
            {
                var kind = change switch
                {
                    { Folder: null } => SandboxEvent.Types.Kind.Synced,
                    { IsThere: true } => SandboxEvent.Types.Kind.Appeared,
                    _ => SandboxEvent.Types.Kind.Gone,
                };
                await responseStream.WriteAsync(
                    new SandboxEvent { Kind = kind, Id = change.Folder?.Id ?? "", Namespace = change.Folder?.Namespace ?? "" }, context.CancellationToken).ConfigureAwait(false);
            }
        }
        catch (TooSlowException e)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, e.Message));
        }
        catch (OperationCanceledException)
        {
            // The caller has gone, or the monitor ends.
        }
    }

    private SandboxEntry Find(string id)
    {
        try
        {
            return sandboxes.Find(id);
        }
        catch (SandboxException e)
        {
            throw new RpcException(new Status(e.Problem == SandboxProblem.Ambiguous ? StatusCode.InvalidArgument : StatusCode.NotFound, e.Message));
        }
    }

    private static Sandbox Message(SandboxEntry entry) => new()
    {
        Id = entry.Id,
        Namespace = entry.Namespace,
        State = entry.State,
        MemoryKib = entry.MemoryKib,
        UptimeSeconds = entry.UptimeSeconds,
        Cgroup = entry.Cgroup ?? "",
        Processes =
        {
            entry.Processes.Select(static process => new Process
            {
                Name = process.Name, Pid = process.Pid, MemoryKib = process.MemoryKib, UptimeSeconds = process.UptimeSeconds,
            }),
        },
    };
}
