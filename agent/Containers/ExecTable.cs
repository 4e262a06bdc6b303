using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Containers;

/// <summary>The processes that ExecProcess added to a container, or to the guest itself, by exec id.</summary>
/// <param name="owner">What they were added to, for errors.</param>
internal sealed class ExecTable(string owner) : IDisposable
{
    /// <summary>How many ended processes are remembered, so that their status and output can still be asked for.</summary>
    private const int KeptEnded = 64;

    // Null while a process is being started. Guards itself and the queue.
    private readonly Dictionary<string, ContainerProcess?> _execs = [];
    private readonly List<string> _waitedFor = [];

    /// <summary>Those that run at this moment.</summary>
    public IReadOnlyList<KeyValuePair<string, ContainerProcess>> Running
    {
        get
        {
            lock (_execs)
                return [.. _execs.Where(e => e.Value is { Exit.IsCompleted: false }).Select(e => KeyValuePair.Create(e.Key, e.Value!))];
        }
    }

    /// <summary>Finds a process.</summary>
    /// <param name="execId">Its exec id.</param>
    /// <exception cref="TtrpcException">NotFound.</exception>
    public ContainerProcess this[string execId]
    {
        get
        {
            lock (_execs)
                return _execs.GetValueOrDefault(execId) ?? throw new TtrpcException(StatusCode.NotFound, $"{owner} has no process '{execId}'");
        }
    }

    /// <summary>Takes the name of a process that is to be started.</summary>
    /// <param name="execId">Its exec id.</param>
    /// <exception cref="TtrpcException">AlreadyExists.</exception>
    public void Reserve(string execId)
    {
        lock (_execs)
        {
            // An ended one is kept for whoever still asks for it, but its name is free.
            if (_execs.GetValueOrDefault(execId) is { Exit.IsCompleted: true } ended && _waitedFor.Remove(execId))
            {
                _execs.Remove(execId);
                ended.Dispose();
            }

            if (!_execs.TryAdd(execId, null))
                throw new TtrpcException(StatusCode.AlreadyExists, $"{owner} has a process '{execId}' already");
        }
    }

    /// <summary>The process runs, or its name is free again.</summary>
    /// <param name="execId">Its exec id, reserved.</param>
    /// <param name="process">The process; null when it did not start.</param>
    public void Settle(string execId, ContainerProcess? process)
    {
        lock (_execs)
        {
            if (process is null)
                _execs.Remove(execId);
            else
                _execs[execId] = process;
        }
    }

    /// <summary>Somebody has the status of an ended process. There is no call to remove one, so the oldest of these are forgotten.</summary>
    /// <param name="execId">Its exec id.</param>
    public void WaitedFor(string execId)
    {
        lock (_execs)
        {
            if (!_waitedFor.Contains(execId))
                _waitedFor.Add(execId);
            while (_waitedFor.Count > KeptEnded)
            {
                if (_execs.Remove(_waitedFor[0], out var oldest))
                    oldest?.Dispose();
                _waitedFor.RemoveAt(0);
            }
        }
    }

    /// <summary>Closes the streams of all of them.</summary>
    public void Dispose()
    {
        lock (_execs)
        {
            foreach (var process in _execs.Values)
                process?.Dispose();
            _execs.Clear();
        }
    }
}
