using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.Agent.Modules;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Rpc;

/// <summary>Calls about the machine: vCPUs and memory that came while it runs.</summary>
/// <param name="devices">Tells when something has come.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle: there is nothing to release.")]
internal sealed class MachineMethods(GuestDevices devices)
{
    private const string Processors = "/sys/devices/system/cpu";
    private const string MemoryBlocks = "/sys/devices/system/memory";

    // The host gives up sooner or later by itself; an answer is better.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Adds the methods to a table.</summary>
    /// <param name="table">The table.</param>
    public void AddTo(TtrpcServiceTable table) =>
        table.Add(GuestContract.AgentService, "OnlineCPUMem", OnlineCPUMemRequest.Parser, OnlineAsync);

    private async Task<Empty> OnlineAsync(OnlineCPUMemRequest request, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            await OnlineProcessorsAsync((int)Math.Min(request.NbCpus, int.MaxValue), cancel).ConfigureAwait(false);
            if (!request.CpuOnly)
                OnlineMemory();
        }
        catch (IOException e)
        {
            throw new TtrpcException(StatusCode.Internal, $"OnlineCPUMem: {e.Message}", e);
        }
        finally
        {
            _turn.Release();
        }

        return new Empty();
    }

    private async Task OnlineProcessorsAsync(int count, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_limit);
        try
        {
            while (count > 0)
            {
                // A processor comes a moment after the host has added it.
                var offline = await devices.WaitForAsync(() => Offline() is { Count: > 0 } some ? some : null, limit.Token).ConfigureAwait(false);
                foreach (var processor in offline.Take(count))
                {
                    File.WriteAllText(Path.Combine(processor, "online"), "1");
                    count--;
                }
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TtrpcException(StatusCode.DeadlineExceeded, $"OnlineCPUMem: {count} processors have not come within {s_limit.TotalSeconds} s");
        }
    }

    private static List<string> Offline() =>
    [
        .. Directory.EnumerateDirectories(Processors, "cpu*")
            .Where(folder => Path.Combine(folder, "online") is var file && File.Exists(file) && File.ReadAllText(file).Trim() == "0"),
    ];

    // What comes after this call the kernel puts to use by itself: memhp_default_state=online is on its command line.
    private static void OnlineMemory()
    {
        foreach (var block in Directory.EnumerateDirectories(MemoryBlocks, "memory*"))
        {
            var state = Path.Combine(block, "state");
            if (File.Exists(state) && File.ReadAllText(state).Trim() == "offline")
                File.WriteAllText(state, "online");
        }
    }
}
