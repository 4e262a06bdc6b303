using System;
using System.Collections.Generic;

namespace KataShimNet.AgentProto.FsdControl;

/// <summary>All numbers of a running daemon. Those of requests, bytes and waits begin anew with each worker.</summary>
/// <param name="WorkerPid">Process id of the worker.</param>
/// <param name="WorkerRestarts">Workers that took the place of one that had died.</param>
/// <param name="Exports">Exports served.</param>
/// <param name="Inodes">Inodes that the guest knows.</param>
/// <param name="InodeDescriptors">Those of them that have a descriptor.</param>
/// <param name="OpenFiles">Files and folders that the guest holds open.</param>
/// <param name="Locks">Ranges of files that are locked.</param>
/// <param name="LockWaiters">Requests that wait for a lock.</param>
/// <param name="Parked">Requests that had to wait for leases of other guests.</param>
/// <param name="BytesRead">Bytes that READ took from files.</param>
/// <param name="BytesWritten">Bytes that WRITE put into files.</param>
/// <param name="DaxWindow">Bytes of the DAX window; 0 when there is none.</param>
/// <param name="DaxUsed">Bytes of it that are mapped.</param>
/// <param name="DaxMappings">Parts of files that are mapped there.</param>
/// <param name="Requests">Requests answered, by opcode; an opcode that was never seen is not there.</param>
public sealed record DaemonMetrics(
    int WorkerPid, long WorkerRestarts, int Exports, long Inodes, long InodeDescriptors, long OpenFiles, long Locks, long LockWaiters, long Parked,
    long BytesRead, long BytesWritten, long DaxWindow, long DaxUsed, int DaxMappings, IReadOnlyList<RequestMetrics> Requests);

/// <summary>Requests of one opcode.</summary>
/// <param name="Opcode">Its name, such as <c>readdirplus</c>.</param>
/// <param name="Errors">Answers that are errors.</param>
/// <param name="Nanoseconds">Time of all, from the moment when the daemon took each from its ring until it was answered.</param>
/// <param name="Buckets">How many were no slower than each of <see cref="Bounds"/> and slower than the one before; the last are all others.</param>
public sealed record RequestMetrics(string Opcode, long Errors, long Nanoseconds, IReadOnlyList<long> Buckets)
{
    /// <summary>Upper bounds of the buckets but the last, in nanoseconds.</summary>
    public static ReadOnlySpan<long> Bounds => [10_000, 50_000, 200_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];
}
