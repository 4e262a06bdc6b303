using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text.Json;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Counters;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Keeper;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Control;

/// <summary>Puts the numbers of worker and keeper together.</summary>
internal static class DaemonNumbers
{
    /// <summary>Reads them.</summary>
    /// <param name="workers">The worker, whichever there is.</param>
    /// <param name="exports">Exports served.</param>
    /// <param name="window">The DAX window, or null.</param>
    public static DaemonMetrics Read(WorkerSupervisor workers, int exports, DaxWindow? window) => workers.Ask(worker =>
    {
        worker.Exports.Call(ChannelOperation.Numbers, 0, 0, default, default, out var data);
        if (data.Length != ServerNumbers.TotalSize)
            throw new LinuxException(Errno.EPROTO, "worker", $"{data.Length} bytes of numbers");
        var numbers = MemoryMarshal.Read<ServerNumbers>(data);
        return new DaemonMetrics(
            worker.Pid, workers.Restarts, exports, numbers.Inodes, numbers.InodeDescriptors, numbers.OpenFiles, numbers.Locks, numbers.LockWaiters,
            numbers.Parked, numbers.BytesRead, numbers.BytesWritten, window?.Size ?? 0, window?.Used ?? 0, window?.Count ?? 0,
            ReadRequests(worker.Exports));
    });

    private static List<RequestMetrics> ReadRequests(ChannelClient worker)
    {
        var requests = new List<RequestMetrics>();
        for (var first = 0u; ;)
        {
            var next = (uint)worker.Call(ChannelOperation.RequestNumbers, first, 0, default, default, out var data);
            foreach (ref readonly var record in MemoryMarshal.Cast<byte, OpcodeNumbers>(data))
                requests.Add(new RequestMetrics(NameOf(record.Opcode), record.Errors, record.Nanoseconds, ((ReadOnlySpan<long>)record.Buckets).ToArray()));
            // A worker that a guest has taken over does not keep us here.
            if (next <= first || next >= RequestCounters.Opcodes)
                return requests;
            first = next;
        }
    }

    private static string NameOf(uint opcode) =>
        Enum.IsDefined((Opcode)opcode) ? JsonNamingPolicy.SnakeCaseLower.ConvertName(((Opcode)opcode).ToString()) : "unknown";
}
