using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.ShimApi;

namespace KataShimNet.Sandboxes;

/// <summary>A container of a sandbox.</summary>
/// <param name="Id">containerd's id.</param>
/// <param name="Name">As Kubernetes names it; null without Kubernetes, and for a pause container.</param>
/// <param name="Image">Its image; null where containerd does not tell.</param>
/// <param name="Pid">Process on the host that stands for it.</param>
/// <param name="Status">created, running, stopped, paused, pausing.</param>
/// <param name="Created">When it was created.</param>
/// <param name="Started">When it was started; null before that.</param>
/// <param name="Exited">When it ended; null before that.</param>
/// <param name="ExitCode">Its exit code; null before its end.</param>
public sealed record ContainerEntry(
    string Id, string? Name, string? Image, uint Pid, string Status, DateTime? Created, DateTime? Started, DateTime? Exited, uint? ExitCode)
{
    private const string Service = "katanet.shim.v1.Containers";

    /// <summary>Asks the server of a sandbox for its containers.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="SandboxException">Nobody answers there.</exception>
    /// <exception cref="AgentProto.Ttrpc.TtrpcException">The server does not tell.</exception>
    public static async Task<IReadOnlyList<ContainerEntry>> ListAsync(SandboxEntry sandbox, CancellationToken cancel)
    {
        await using ShimConnection shim = await ShimConnection.OpenAsync(sandbox, cancel).ConfigureAwait(false);
        ListContainersResponse answer = await shim.CallAsync(
            Service, "List", new ListContainersRequest(), ListContainersResponse.Parser, ShimConnection.Patience, cancel).ConfigureAwait(false);
        return [.. answer.Containers.Select(Of)];
    }

    private static ContainerEntry Of(ContainerInfo info) => new(
        info.Id, Text(info.Name), Text(info.Image), info.Pid, info.Status, info.CreatedAt?.ToDateTime(), info.StartedAt?.ToDateTime(), info.ExitedAt?.ToDateTime(),
        info.ExitedAt is null ? null : info.ExitCode);

    private static string? Text(string text) => text.Length == 0 ? null : text;
}
