using System.Collections.Concurrent;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Shim.Tasks;

/// <summary>A container with its processes.</summary>
/// <param name="bundle">Its bundle.</param>
/// <param name="init">Its first process.</param>
internal sealed class ContainerTask(string bundle, InitProcess init)
{
    /// <summary>Its bundle.</summary>
    public string Bundle { get; } = bundle;

    /// <summary>Its first process.</summary>
    public InitProcess Init { get; } = init;

    /// <summary>Processes that were added, by exec id.</summary>
    public ConcurrentDictionary<string, ExecProcess> Execs { get; } = new();

    /// <summary>A process by its exec id.</summary>
    /// <param name="execId">Empty for the init.</param>
    /// <exception cref="TtrpcException">NotFound.</exception>
    public GuestProcess Process(string execId)
    {
        if (execId.Length == 0)
            return Init;
        return Execs.TryGetValue(execId, out var exec)
            ? exec
            : throw new TtrpcException(StatusCode.NotFound, $"exec {execId} of container {Init.ContainerId}: not found");
    }

    /// <summary>Throws unless a process can be started in it.</summary>
    /// <param name="process">What is to be started.</param>
    /// <exception cref="TtrpcException">FailedPrecondition.</exception>
    public void RequireRunning(GuestProcess process)
    {
        if (Init.Status == Status.Running)
            return;
        var why = Init.Status is Status.Paused or Status.Pausing ? "the container is paused" : "the container does not run";
        throw new TtrpcException(StatusCode.FailedPrecondition, $"{process.Name} cannot be started: {why}");
    }
}
