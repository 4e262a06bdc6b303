using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using KataShimNet.Linux;

namespace KataShimNet.Agent.Processes;

/// <summary>Who waits for which process, and what ended before anybody asked.</summary>
/// <remarks>
/// A container's first process becomes our child when crun has gone, and may have ended before its pid file was read: its
/// status is kept until it is claimed. Statuses nobody claims are those of orphans: the oldest are dropped. A number that
/// was handed out again cannot be taken for the process that had it before: a claim names the moment after which
/// its process was started. All members are called under <see cref="Gate"/>, except where noted.
/// </remarks>
internal sealed class ReaperTable(int capacity = ReaperTable.DefaultCapacity)
{
    /// <summary>How many statuses are kept for processes nobody has asked for yet.</summary>
    public const int DefaultCapacity = 4096;

    private readonly Dictionary<int, TaskCompletionSource<ChildExit>> _awaited = [];
    private readonly Dictionary<int, (long Moment, ChildExit Exit)> _unclaimed = [];
    private readonly Queue<(int Pid, long Moment)> _order = [];
    private long _moment;

    /// <summary>Guards this table, and the numbers: a child that was not reaped under it still exists, at least as a zombie.</summary>
    public object Gate { get; } = new();

    /// <summary>A moment for <see cref="Claim"/>: everything started from now on ends after it.</summary>
    public long Now => _moment;

    /// <summary>Statuses that wait to be claimed.</summary>
    public int UnclaimedCount => _unclaimed.Count;

    /// <summary>Asks for the end of a process.</summary>
    /// <param name="pid">Its number.</param>
    /// <param name="startedAfter">A moment before it was started.</param>
    public Task<ChildExit> Claim(int pid, long startedAfter)
    {
        if (_unclaimed.Remove(pid, out var ended) && ended.Moment > startedAfter)
            return Task.FromResult(ended.Exit);
        var exit = new TaskCompletionSource<ChildExit>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_awaited.TryAdd(pid, exit))
            throw new InvalidOperationException($"process {pid} has been claimed before");
        return exit.Task;
    }

    /// <summary>Notes the end of a process.</summary>
    /// <param name="pid">Its number.</param>
    /// <param name="exit">How it ended.</param>
    public void Reaped(int pid, ChildExit exit)
    {
        _moment++;
        if (_awaited.Remove(pid, out var waiter))
        {
            waiter.SetResult(exit);
            return;
        }

        _unclaimed[pid] = (_moment, exit);
        _order.Enqueue((pid, _moment));
        while (_order.Count > capacity)
        {
            var (oldest, moment) = _order.Dequeue();
            if (_unclaimed.TryGetValue(oldest, out var kept) && kept.Moment == moment)
                _unclaimed.Remove(oldest);
        }
    }
}
