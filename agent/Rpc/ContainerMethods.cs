using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.Agent.Containers;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Rpc;

/// <summary>Calls about one container or one process, without its streams.</summary>
internal sealed class ContainerMethods(ContainerTable containers)
{
    private const uint HighestSignal = 64;

    /// <summary>Adds the methods to a table.</summary>
    /// <param name="table">The table.</param>
    public void AddTo(TtrpcServiceTable table)
    {
        table
            .Add(GuestContract.AgentService, "CreateContainer", CreateContainerRequest.Parser, async (request, _) =>
            {
                await containers.CreateAsync(request).ConfigureAwait(false);
                return new Empty();
            })
            .Add(GuestContract.AgentService, "StartContainer", StartContainerRequest.Parser, async (request, _) =>
            {
                await containers.StartAsync(request.ContainerId).ConfigureAwait(false);
                return new Empty();
            })
            .Add(GuestContract.AgentService, "ExecProcess", ExecProcessRequest.Parser, async (request, _) =>
            {
                await containers.ExecAsync(request).ConfigureAwait(false);
                return new Empty();
            })
            .Add(GuestContract.AgentService, "RemoveContainer", RemoveContainerRequest.Parser, async (request, _) =>
            {
                await containers.RemoveAsync(request.ContainerId).ConfigureAwait(false);
                return new Empty();
            })
            .Add(GuestContract.AgentService, "SignalProcess", SignalProcessRequest.Parser, SignalAsync)
            .Add(GuestContract.AgentService, "WaitProcess", WaitProcessRequest.Parser, WaitAsync);
    }

    private Task<Empty> SignalAsync(SignalProcessRequest request, CancellationToken cancel)
    {
        if (request.Signal > HighestSignal)
            throw new TtrpcException(StatusCode.InvalidArgument, $"there is no signal {request.Signal}");
        var container = containers[request.ContainerId];
        if (container.IsInit(request.ExecId) && request.Signal == Signals.SIGKILL)
            container.KillAll();
        else
            container.Process(request.ExecId).Kill((int)request.Signal);
        return Task.FromResult(new Empty());
    }

    private async Task<WaitProcessResponse> WaitAsync(WaitProcessRequest request, CancellationToken cancel)
    {
        var container = containers[request.ContainerId];
        var exit = await container.Process(request.ExecId).Exit.WaitAsync(cancel).ConfigureAwait(false);
        container.WaitedFor(request.ExecId);
        return new WaitProcessResponse { Status = exit.ShellStatus };
    }
}
