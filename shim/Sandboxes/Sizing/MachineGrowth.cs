using System;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Qemu;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Sandboxes.Sizing;

/// <summary>
/// Gives a running machine more vCPUs and memory when its containers may use more than it has. It never shrinks: containers' own limits hold
/// in the guest, and memory that nobody uses goes back to the host anyway.
/// </summary>
/// <param name="qmp">QEMU's monitor.</param>
/// <param name="agent">Calls into the guest; null before it is there.</param>
/// <param name="size">What it was booted with.</param>
/// <param name="options">Settings.</param>
/// <param name="pipelines">Time-outs.</param>
/// <param name="log">Where it is told what was added, and what could not be.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle: there is nothing to release.")]
internal sealed partial class MachineGrowth(
    QmpClient qmp, Func<GuestAgent?> agent, MachineSize size, HypervisorOptions options, SandboxPipelines pipelines, ILogger log)
{
    // Linux adds memory in blocks of this size.
    private const int BlockMib = 128;

    private readonly ConcurrentDictionary<string, ContainerNeeds> _containers = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    // Guarded by _turn.
    private int _vcpus = size.Vcpus;
    private int _memoryMib = size.MemoryMib;
    private int _modules;

    /// <summary>Grows for a container that is about to be created. What cannot be is logged; the container's own limits hold anyway.</summary>
    /// <param name="container">Its id.</param>
    /// <param name="resources">Its limits.</param>
    /// <param name="cancel">Gives up waiting.</param>
    public Task AddAsync(string container, LinuxResources? resources, CancellationToken cancel)
    {
        _containers[container] = ContainerNeeds.Of(resources);
        return FitAsync(cancel);
    }

    /// <summary>Grows for new limits of a container.</summary>
    /// <param name="container">Its id.</param>
    /// <param name="resources">What changes.</param>
    /// <param name="cancel">Gives up waiting.</param>
    public Task UpdateAsync(string container, LinuxResources resources, CancellationToken cancel)
    {
        _containers.AddOrUpdate(container, _ => ContainerNeeds.Of(resources), (_, before) => before.Updated(resources));
        return FitAsync(cancel);
    }

    /// <summary>Counts a container no longer.</summary>
    public void Remove(string container) => _containers.TryRemove(container, out _);

    private async Task FitAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var (vcpus, memory) = ContainerNeeds.Together([.. _containers.Values], options);
            if (vcpus > size.MaxVcpus)
                LogNotGrown(log, "vcpus", $"{size.MaxVcpus} are the most: by hypervisor.max_vcpus, by the host's processors, or because emulation takes none at run time");
            if (Math.Min(vcpus, size.MaxVcpus) is var more && more > _vcpus)
                await TryAsync("vcpus", () => AddVcpusAsync(more - _vcpus, cancel)).ConfigureAwait(false);
            if (memory > _memoryMib)
                await TryAsync("memory", () => AddMemoryAsync(memory - _memoryMib, cancel)).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task TryAsync(string what, Func<Task> add)
    {
        try
        {
            await add().ConfigureAwait(false);
        }
        catch (Exception e) when (e is QmpException or TtrpcException or Polly.Timeout.TimeoutRejectedException)
        {
            LogNotGrown(log, what, e.Message);
        }
    }

    private async Task AddVcpusAsync(int count, CancellationToken cancel)
    {
        // The places where there is no vCPU yet have no qom-path; the list begins with the last.
        var places = (await qmp.ExecuteAsync("query-hotpluggable-cpus", cancel).ConfigureAwait(false)).EnumerateArray()
            .Where(place => !place.TryGetProperty("qom-path"u8, out _)).Reverse().Take(count).ToArray();
        foreach (var place in places)
        {
            await qmp.ExecuteAsync("device_add", json => WriteVcpu(json, place, _vcpus), cancel).ConfigureAwait(false);
            _vcpus++;
        }

        await OnlineAsync((uint)places.Length, cpuOnly: true, cancel).ConfigureAwait(false);
        LogGrown(log, _vcpus, _memoryMib);
    }

    private static void WriteVcpu(Utf8JsonWriter json, JsonElement place, int number)
    {
        json.WriteString("driver"u8, place.GetProperty("type"u8).GetString());
        json.WriteString("id"u8, string.Create(CultureInfo.InvariantCulture, $"vcpu{number}"));
        foreach (var property in place.GetProperty("props"u8).EnumerateObject())
            property.WriteTo(json);
    }

    private async Task AddMemoryAsync(int mib, CancellationToken cancel)
    {
        var room = (size.MaxMemoryMib - _memoryMib) / BlockMib * BlockMib;
        var step = Math.Min((mib + BlockMib - 1) / BlockMib * BlockMib, room);
        if (step <= 0)
            throw new QmpException($"{_memoryMib} MiB is the most that hypervisor.max_memory_mib, or this host, allows");
        var number = ++_modules;
        var backend = string.Create(CultureInfo.InvariantCulture, $"mem{number}");
        await qmp.ExecuteAsync("object-add", json =>
        {
            json.WriteString("qom-type"u8, "memory-backend-memfd"u8);
            json.WriteString("id"u8, backend);
            json.WriteNumber("size"u8, (long)step << 20);
            json.WriteBoolean("share"u8, true);
            json.WriteBoolean("hugetlb"u8, options.Hugepages);
            json.WriteBoolean("prealloc"u8, options.Prealloc);
        }, cancel).ConfigureAwait(false);
        try
        {
            await qmp.ExecuteAsync("device_add", json =>
            {
                json.WriteString("driver"u8, "pc-dimm"u8);
                json.WriteString("id"u8, string.Create(CultureInfo.InvariantCulture, $"dimm{number}"));
                json.WriteString("memdev"u8, backend);
            }, cancel).ConfigureAwait(false);
        }
        catch (QmpException)
        {
            await qmp.ExecuteAsync("object-del", json => json.WriteString("id"u8, backend), CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        _memoryMib += step;
        await OnlineAsync(0, cpuOnly: false, cancel).ConfigureAwait(false);
        LogGrown(log, _vcpus, _memoryMib);
    }

    private Task OnlineAsync(uint vcpus, bool cpuOnly, CancellationToken cancel) => agent() is not { } guest
        ? Task.CompletedTask
        : pipelines.AgentRequest.ExecuteAsync(async token => await guest.OnlineAsync(vcpus, cpuOnly, token).ConfigureAwait(false), cancel).AsTask();

    [LoggerMessage(Level = LogLevel.Information, Message = "the machine has grown")]
    private static partial void LogGrown(ILogger log, int vcpus, int memoryMib);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the machine cannot grow; the container's limits hold within what it has")]
    private static partial void LogNotGrown(ILogger log, string what, string reason);
}
