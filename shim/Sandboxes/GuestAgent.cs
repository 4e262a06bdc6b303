using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.AgentProto.Guest;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Katanet;
using KataShimNet.AgentProto.Ttrpc;
using GuestStorage = KataShimNet.AgentProto.Kata.Storage;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>The calls of a sandbox's own life to the guest's agent. Time-outs are the caller's.</summary>
/// <param name="client">The connection.</param>
internal sealed class GuestAgent(TtrpcClient client)
{
    private const string ShmPath = GuestContract.ContainersPath + "/sandbox/shm";

    /// <summary>The guest's shared memory, which every container of the pod sees as its /dev/shm.</summary>
    public static string SharedMemoryPath => ShmPath;

    /// <summary>The connection.</summary>
    public TtrpcClient Client => client;

    /// <summary>Completes once the agent serves. The request may be sent before it does: it waits in the channel.</summary>
    public Task CheckAsync(CancellationToken cancel) =>
        client.CallAsync(
            GuestContract.HealthService, "Check", new CheckRequest(), HealthCheckResponse.Parser, Timeout.InfiniteTimeSpan, cancel);

    /// <summary>Sets the guest's clock to the host's.</summary>
    public Task SetDateTimeAsync(CancellationToken cancel)
    {
        var now = DateTime.UtcNow - DateTime.UnixEpoch;
        return CallAsync("SetGuestDateTime", new SetGuestDateTimeRequest { Sec = now.Ticks / TimeSpan.TicksPerSecond, Usec = now.Ticks % TimeSpan.TicksPerSecond / 10 }, cancel);
    }

    /// <summary>Makes the sandbox in the guest: host name, share and shared memory.</summary>
    /// <param name="request">What it is to be.</param>
    /// <param name="kernelModules">Modules to load first, each <c>NAME PARAMETER=VALUE …</c>.</param>
    /// <param name="folders">What to mount besides, once the share is there.</param>
    /// <param name="cancel">Gives up.</param>
    public Task CreateSandboxAsync(
        SandboxRequest request, IReadOnlyList<string> kernelModules, IReadOnlyList<GuestStorage> folders, CancellationToken cancel) => CallAsync(
        "CreateSandbox",
        new CreateSandboxRequest
        {
            SandboxId = request.Identity.Id,
            Hostname = request.GuestName,
            Dns = { request.Dns },
            SandboxPidns = request.SharedPids,
            KernelModules = { kernelModules.Select(ModuleOf) },
            Storages =
            {
                new GuestStorage
                {
                    Driver = GuestContract.ShareDriver, Source = GuestContract.ShareTag, Fstype = "virtiofs", MountPoint = GuestContract.SharePath, Options = { "nodev" },
                },
                new GuestStorage
                {
                    Driver = "ephemeral", Source = "shm", Fstype = "tmpfs", MountPoint = ShmPath,
                    Options = { "noexec", "nosuid", "nodev", "mode=1777", string.Create(CultureInfo.InvariantCulture, $"size={request.ShmSize}") },
                },
                folders,
            },
        },
        cancel);

    /// <summary>Puts vCPUs and memory to use that were added to the machine.</summary>
    /// <param name="vcpus">How many vCPUs were added; the call waits until the guest has that many more.</param>
    /// <param name="cpuOnly">Whether no memory was.</param>
    /// <param name="cancel">Gives up.</param>
    public Task OnlineAsync(uint vcpus, bool cpuOnly, CancellationToken cancel) =>
        CallAsync("OnlineCPUMem", new OnlineCPUMemRequest { Wait = true, NbCpus = vcpus, CpuOnly = cpuOnly }, cancel);

    /// <summary>Lets the guest end its containers and write back what it holds.</summary>
    public Task DestroySandboxAsync(CancellationToken cancel) => CallAsync("DestroySandbox", new DestroySandboxRequest(), cancel);

    /// <summary>Creates a container; its process waits for StartContainer.</summary>
    public Task CreateContainerAsync(string id, Spec spec, IEnumerable<GuestStorage> storages, IEnumerable<Device> devices, CancellationToken cancel)
    {
        var pids = spec.Linux?.Namespaces.FirstOrDefault(n => n.Type == "pid");
        // A path is one of the host, and there all processes of the pod are the same one: it can only mean the pod's namespace.
        var shared = pids is { Path.Length: > 0 };
        pids?.Path = "";
        return CallAsync(
            "CreateContainer",
            new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = spec, SandboxPidns = shared, Storages = { storages }, Devices = { devices } },
            cancel);
    }

    /// <summary>Brings the guest's copy of a volume up to date.</summary>
    public Task RefreshVolumeAsync(string mountPoint, CancellationToken cancel) => client.CallAsync(
        GuestContract.VolumesService, "Refresh", new RefreshVolumeRequest { MountPoint = mountPoint }, Empty.Parser, Timeout.InfiniteTimeSpan, cancel);

    /// <summary>Has the guest's kernel ask for the sizes of files again.</summary>
    public Task RefreshSizesAsync(IEnumerable<GuestFile> files, CancellationToken cancel) => client.CallAsync(
        GuestContract.GuestService,
        "RefreshSizes",
        new RefreshSizesRequest { Files = { files.Select(file => new MappedFile { Export = file.Export, Node = file.Node }) } },
        Empty.Parser,
        Timeout.InfiniteTimeSpan,
        cancel);

    /// <summary>Asks for the numbers of guest and agent, in Prometheus' text form. Whoever has taken the guest over has written them.</summary>
    public async Task<string> GetMetricsAsync(CancellationToken cancel) => (await client.CallAsync(
        GuestContract.AgentService, "GetMetrics", new GetMetricsRequest(), Metrics.Parser, Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(false)).Metrics_;

    /// <summary>Kills what is left of a container and forgets it.</summary>
    public Task RemoveContainerAsync(string id, CancellationToken cancel) =>
        CallAsync("RemoveContainer", new RemoveContainerRequest { ContainerId = id }, cancel);

    private static KernelModule ModuleOf(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new KernelModule { Name = words.FirstOrDefault(""), Parameters = { words.Skip(1) } };
    }

    private Task<Empty> CallAsync(string method, IMessage request, CancellationToken cancel) =>
        client.CallAsync(GuestContract.AgentService, method, request, Empty.Parser, Timeout.InfiniteTimeSpan, cancel);
}
