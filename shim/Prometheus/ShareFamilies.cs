using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.AgentProto.Prometheus;

namespace KataShimNet.Shim.Prometheus;

/// <summary>What the file daemons of a sandbox serve. A sandbox has one, and another for files that the guest maps, once it needs it.</summary>
internal static class ShareFamilies
{
    private const double NanosecondsPerSecond = 1e9;

    private static readonly (MetricFamily Family, Func<DaemonMetrics, double> Value)[] s_numbers =
    [
        (Counter("worker_restarts_total", "Workers that took the place of one that had died; the counters of requests and bytes begin anew with each."), static d => d.WorkerRestarts),
        (Gauge("exports", "Trees and files that the guest sees."), static d => d.Exports),
        (Gauge("inodes", "Inodes that the guest knows."), static d => d.Inodes),
        (Gauge("inode_fds", "Those of them that have a descriptor."), static d => d.InodeDescriptors),
        (Gauge("open_files", "Files and folders that the guest holds open."), static d => d.OpenFiles),
        (Gauge("locks", "Ranges of files that the guest has locked."), static d => d.Locks),
        (Gauge("lock_waiters", "Requests that wait for a lock."), static d => d.LockWaiters),
        (Counter("parked_requests_total", "Requests that had to wait for leases of other guests."), static d => d.Parked),
        (Counter("read_bytes_total", "What the guest read from files, its page cache and memory maps left out."), static d => d.BytesRead),
        (Counter("written_bytes_total", "What the guest wrote to files, memory maps left out."), static d => d.BytesWritten),
        (Gauge("dax_window_bytes", "Memory that files can be mapped into; 0 where there is none."), static d => d.DaxWindow),
        (Gauge("dax_used_bytes", "Memory that files are mapped into."), static d => d.DaxUsed),
        (Gauge("dax_mappings", "Parts of files that are mapped there."), static d => d.DaxMappings),
    ];

    private static readonly MetricFamily s_requests = MetricFamily.Histogram(
        "katanet_fsd_request_seconds", "FUSE requests by their opcode: how long each took, from the ring until it was answered.", "share", "opcode");

    private static readonly MetricFamily s_errors = MetricFamily.Counter(
        "katanet_fsd_request_errors_total", "FUSE requests that were answered with an error. Many belong to it: a file that is looked for and is not there.", "share", "opcode");

    private static readonly double[] s_bounds = Array.ConvertAll(RequestMetrics.Bounds.ToArray(), static bound => bound / NanosecondsPerSecond);

    /// <summary>Writes them.</summary>
    /// <param name="text">Gets the samples.</param>
    /// <param name="shares">The daemons' numbers, with the values of the label.</param>
    public static void Write(Exposition text, IReadOnlyList<(string Share, DaemonMetrics Numbers)> shares)
    {
        foreach (var (family, value) in s_numbers)
        {
            foreach (var (share, numbers) in shares)
                text.Add(family, value(numbers), share);
        }

        foreach (var (share, numbers) in shares)
        {
            foreach (var request in numbers.Requests)
                text.AddHistogram(s_requests, s_bounds, [.. request.Buckets.Select(static count => (ulong)count)], request.Nanoseconds / NanosecondsPerSecond, share, request.Opcode);
        }

        foreach (var (share, numbers) in shares)
        {
            foreach (var request in numbers.Requests)
                text.Add(s_errors, request.Errors, share, request.Opcode);
        }
    }

    private static MetricFamily Gauge(string name, string help) => MetricFamily.Gauge("katanet_fsd_" + name, help, "share");

    private static MetricFamily Counter(string name, string help) => MetricFamily.Counter("katanet_fsd_" + name, help, "share");
}
