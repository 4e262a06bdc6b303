using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Runc;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Shim.Tasks;

/// <summary>The processes of a container for Pids.</summary>
/// <remarks>
/// Clients look these numbers up on the host: <c>docker top</c> and <c>nerdctl top</c> run ps(1) there and show what has them. A
/// process of the guest must never be taken for one of the host, so each is listed by its number in the guest above
/// <see cref="GuestPidBase"/>, which no process of a Linux host has. The first entry, which stands for the container's init, is the
/// process on the host that State and Create name too. The list is never empty: containerd takes an empty one for a lost shim.
/// </remarks>
internal static class TaskProcesses
{
    /// <summary>Added to numbers of the guest. Linux itself gives out 4194304 at most (proc(5), pid_max).</summary>
    public const uint GuestPidBase = 1_000_000_000;

    private const string DetailsName = "containerd.runc.v1.ProcessDetails";

    /// <summary>Lists them.</summary>
    /// <param name="task">The container.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<PidsResponse> ListAsync(ContainerTask task, CancellationToken cancel)
    {
        var response = new PidsResponse { Processes = { new ProcessInfo { Pid = task.Init.Pid } } };
        try
        {
            foreach (var process in (await task.Init.Container.ProcessesAsync(cancel).ConfigureAwait(false)).Processes)
            {
                if (process.ExecId == task.Init.ContainerId)
                    continue;
                var info = new ProcessInfo { Pid = GuestPidBase + process.Pid };
                if (process.ExecId.Length > 0)
                    info.Info = new Any { TypeUrl = DetailsName, Value = new ProcessDetails { ExecId = process.ExecId }.ToByteString() };
                response.Processes.Add(info);
            }
        }
        catch (TtrpcException e) when (e.Code is StatusCode.Unavailable or StatusCode.Unimplemented or StatusCode.NotFound)
        {
            // The guest is gone, or has another agent; the process on the host is what is left to tell.
        }

        return response;
    }
}
