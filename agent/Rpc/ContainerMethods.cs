using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.Agent.Containers;
using KataShimNet.AgentProto.Guest;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Rpc;

/// <summary>Calls about one container.</summary>
/// <param name="containers">All containers.</param>
/// <param name="oom">Notices when a container runs out of memory.</param>
internal sealed class ContainerMethods(ContainerTable containers, OomWatch oom)
{
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
            .Add(GuestContract.AgentService, "RemoveContainer", RemoveContainerRequest.Parser, async (request, _) =>
            {
                await containers.RemoveAsync(request.ContainerId).ConfigureAwait(false);
                return new Empty();
            })
            .Add(GuestContract.AgentService, "UpdateContainer", UpdateContainerRequest.Parser, async (request, _) =>
            {
                await containers.UpdateAsync(request).ConfigureAwait(false);
                return new Empty();
            })
            .Add(GuestContract.AgentService, "PauseContainer", PauseContainerRequest.Parser, async (request, cancel) =>
            {
                await containers.PauseAsync(request.ContainerId, paused: true, cancel).ConfigureAwait(false);
                return new Empty();
            })
            .Add(GuestContract.AgentService, "ResumeContainer", ResumeContainerRequest.Parser, async (request, cancel) =>
            {
                await containers.PauseAsync(request.ContainerId, paused: false, cancel).ConfigureAwait(false);
                return new Empty();
            })
            .Add(GuestContract.AgentService, "StatsContainer", StatsContainerRequest.Parser, StatsAsync)
            .Add(GuestContract.AgentService, "GetOOMEvent", GetOOMEventRequest.Parser, async (_, cancel) =>
                new OOMEvent { ContainerId = await oom.NextAsync(cancel).ConfigureAwait(false) })
            .Add(GuestContract.GuestService, "ListProcesses", ListProcessesRequest.Parser, ListAsync);
    }

    private Task<StatsContainerResponse> StatsAsync(StatsContainerRequest request, CancellationToken cancel)
    {
        var response = new StatsContainerResponse { CgroupStats = ContainerStats.Read(containers[request.ContainerId].Group) };
        response.NetworkStats.AddRange(NetworkCounters.Parse(File.ReadAllText(NetworkCounters.Path)));
        return Task.FromResult(response);
    }

    private Task<ListProcessesResponse> ListAsync(ListProcessesRequest request, CancellationToken cancel)
    {
        var container = containers[request.ContainerId];
        var response = new ListProcessesResponse();
        response.Processes.AddRange(ProcessList.Describe(container.Group.Processes(), container.Names));
        return Task.FromResult(response);
    }
}
