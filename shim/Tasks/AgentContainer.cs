using System;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Guest;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.Tasks;

/// <summary>The agent's calls about a container as a whole.</summary>
/// <param name="sandbox">Where it is.</param>
/// <param name="containerId">The container.</param>
/// <param name="timeout">For each call.</param>
internal sealed class AgentContainer(ISandbox sandbox, string containerId, TimeSpan timeout)
{
    /// <summary>Stops all its processes, or lets them go on.</summary>
    /// <param name="frozen">Whether they are to stop.</param>
    /// <param name="cancel">Gives up.</param>
    public Task FreezeAsync(bool frozen, CancellationToken cancel) => frozen
        ? CallAsync(GuestContract.AgentService, "PauseContainer", new PauseContainerRequest { ContainerId = containerId }, Empty.Parser, cancel)
        : CallAsync(GuestContract.AgentService, "ResumeContainer", new ResumeContainerRequest { ContainerId = containerId }, Empty.Parser, cancel);

    /// <summary>Changes what it may use.</summary>
    /// <param name="resources">The limits that change.</param>
    /// <param name="cancel">Gives up.</param>
    public Task UpdateAsync(LinuxResources resources, CancellationToken cancel) => CallAsync(
        GuestContract.AgentService, "UpdateContainer", new UpdateContainerRequest { ContainerId = containerId, Resources = resources }, Empty.Parser, cancel);

    /// <summary>What it uses.</summary>
    /// <param name="cancel">Gives up.</param>
    public Task<StatsContainerResponse> StatsAsync(CancellationToken cancel) => CallAsync(
        GuestContract.AgentService, "StatsContainer", new StatsContainerRequest { ContainerId = containerId }, StatsContainerResponse.Parser, cancel);

    /// <summary>How many of its processes the kernel has ended because of its memory limit.</summary>
    /// <param name="cancel">Gives up.</param>
    public async Task<ulong> OomKillsAsync(CancellationToken cancel)
    {
        var stats = await StatsAsync(cancel).ConfigureAwait(false);
        return stats.CgroupStats?.MemoryStats?.Stats.TryGetValue(GuestContract.MemoryEventsPrefix + "oom_kill", out var kills) == true ? kills : 0;
    }

    /// <summary>Its processes.</summary>
    /// <param name="cancel">Gives up.</param>
    public Task<ListProcessesResponse> ProcessesAsync(CancellationToken cancel) => CallAsync(
        GuestContract.GuestService, "ListProcesses", new ListProcessesRequest { ContainerId = containerId }, ListProcessesResponse.Parser, cancel);

    private Task<T> CallAsync<T>(string service, string method, IMessage request, MessageParser<T> parser, CancellationToken cancel)
        where T : IMessage<T> => sandbox.Agent.CallAsync(service, method, request, parser, timeout, cancel);
}
