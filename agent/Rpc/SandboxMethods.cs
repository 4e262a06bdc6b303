using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.Agent.Boot;
using KataShimNet.Agent.Containers;
using KataShimNet.Agent.Modules;
using KataShimNet.Agent.Namespaces;
using KataShimNet.Agent.Storages;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Rpc;

/// <summary>Calls about the pod as a whole and about the guest.</summary>
/// <param name="devices">Ends when the drivers of this machine's devices are loaded; a sandbox begins after that.</param>
/// <param name="containers">The pod's containers.</param>
/// <param name="storages">What is mounted for them.</param>
/// <param name="modules">Loads kernel modules.</param>
/// <param name="namespaces">What the containers have in common.</param>
/// <param name="powerOff">Ends the machine.</param>
internal sealed class SandboxMethods(
    Task devices, ContainerTable containers, StorageTable storages, ModuleLoader modules, SharedNamespaces namespaces, Action powerOff)
{
    private const string Version = "0.1.0";

    // Long enough for the answer to DestroySandbox to leave the guest. The host need not wait for it: QEMU's end says the same.
    private static readonly TimeSpan s_lastAnswer = TimeSpan.FromMilliseconds(20);

    // 1 once CreateSandbox has been called.
    private int _created;

    /// <summary>Adds the methods to a table.</summary>
    /// <param name="table">The table.</param>
    public void AddTo(TtrpcServiceTable table)
    {
        table
            .Add(GuestContract.HealthService, "Check", CheckRequest.Parser, (_, _) => Task.FromResult(new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving }))
            .Add(GuestContract.HealthService, "Version", CheckRequest.Parser, (_, _) => Task.FromResult(new VersionCheckResponse { AgentVersion = Version, GrpcVersion = "0.0.1" }))
            .Add(GuestContract.AgentService, "CreateSandbox", CreateSandboxRequest.Parser, CreateAsync)
            .Add(GuestContract.AgentService, "DestroySandbox", DestroySandboxRequest.Parser, DestroyAsync)
            .Add(GuestContract.AgentService, "GetGuestDetails", GuestDetailsRequest.Parser, DetailsAsync)
            .Add(GuestContract.AgentService, "SetGuestDateTime", SetGuestDateTimeRequest.Parser, SetTimeAsync);
    }

    private async Task<Empty> CreateAsync(CreateSandboxRequest request, CancellationToken cancel)
    {
        if (Interlocked.Exchange(ref _created, 1) != 0)
            throw new TtrpcException(StatusCode.AlreadyExists, "the sandbox was created before");
        try
        {
            await devices.WaitAsync(cancel).ConfigureAwait(false);
            foreach (var module in request.KernelModules)
                LoadModule(module);
            if (request.Hostname.Length > 0)
                GuestSystem.SetHostname(request.Hostname);
            namespaces.Make(request.Hostname);
            WriteResolvConf(request.Dns);
            await storages.AddAllAsync(request.Storages, cancel).ConfigureAwait(false);
        }
        catch
        {
            _created = 0;
            throw;
        }

        return new Empty();
    }

    private void LoadModule(KernelModule module)
    {
        try
        {
            if (!modules.Load(module.Name, string.Join(' ', module.Parameters)))
                throw new TtrpcException(StatusCode.NotFound, $"kernel module '{module.Name}' is not in the guest: add it to deploy/guest/modules.list");
        }
        catch (Linux.LinuxException e)
        {
            throw new TtrpcException(StatusCode.InvalidArgument, $"kernel module '{module.Name}': {e.Message}", e);
        }
    }

    // An entry is an address, or a whole line of resolv.conf as the CRI hands it on.
    private static void WriteResolvConf(IEnumerable<string> dns)
    {
        var lines = dns.Where(d => d.Length > 0).Select(d => System.Net.IPAddress.TryParse(d, out _) ? "nameserver " + d : d).ToArray();
        if (lines.Length > 0)
            File.WriteAllLines(GuestSystem.ResolvConfPath, lines);
    }

    private Task<Empty> DestroyAsync(DestroySandboxRequest request, CancellationToken cancel)
    {
        foreach (var id in containers.Ids)
            containers[id].KillAll();
        // What is still in the page cache reaches the host before the answer does.
        Linux.Interop.Unistd.sync();
        _ = Task.Delay(s_lastAnswer, CancellationToken.None).ContinueWith(_ => powerOff(), TaskScheduler.Default);
        return Task.FromResult(new Empty());
    }

    private Task<GuestDetailsResponse> DetailsAsync(GuestDetailsRequest request, CancellationToken cancel)
    {
        var details = new GuestDetailsResponse
        {
            AgentDetails = new AgentDetails { Version = Version, InitDaemon = true, SupportsSeccomp = true },
        };
        details.AgentDetails.StorageHandlers.AddRange(storages.Drivers);
        const string blockSize = "/sys/devices/system/memory/block_size_bytes";
        if (request.MemBlockSize && File.Exists(blockSize))
            details.MemBlockSizeBytes = ulong.Parse(File.ReadAllText(blockSize).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        details.SupportMemHotplugProbe = request.MemHotplugProbe && File.Exists("/sys/devices/system/memory/probe");
        return Task.FromResult(details);
    }

    private static Task<Empty> SetTimeAsync(SetGuestDateTimeRequest request, CancellationToken cancel)
    {
        if (request.Usec is < 0 or > 999_999)
            throw new TtrpcException(StatusCode.InvalidArgument, $"SetGuestDateTime: {request.Usec} microseconds");
        GuestSystem.SetTime(request.Sec, request.Usec);
        return Task.FromResult(new Empty());
    }
}
