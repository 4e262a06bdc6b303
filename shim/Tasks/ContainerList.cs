using System.Linq;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.ShimApi;

namespace KataShimNet.Shim.Tasks;

/// <summary>The containers of a sandbox, for people who look into it.</summary>
internal static class ContainerList
{
    /// <summary>Full name of the service, on the socket of the Task service.</summary>
    public const string Service = "katanet.shim.v1.Containers";

    /// <summary>Lists them, the oldest first.</summary>
    /// <param name="tasks">The containers.</param>
    public static ListContainersResponse Of(TaskRegistry tasks) => new()
    {
        Containers = { tasks.All.OrderBy(static task => task.Init.CreatedAt).Select(static task => Describe(task.Init)) },
    };

    private static ContainerInfo Describe(InitProcess init)
    {
        var exit = init.Exit;
        return new ContainerInfo
        {
            Id = init.ContainerId,
            Name = init.KubernetesName,
            Image = init.ImageName,
            Pid = init.Pid,
            Status = init.Status.ToString().ToLowerInvariant(),
            CreatedAt = Timestamp.FromDateTime(init.CreatedAt),
            StartedAt = init.StartedAt is { } started ? Timestamp.FromDateTime(started) : null,
            ExitedAt = exit is null ? null : Timestamp.FromDateTime(exit.At),
            ExitCode = exit?.Status ?? 0,
        };
    }
}
