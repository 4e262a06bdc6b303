using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Containers;

/// <summary>A container: its processes, and what has to be undone when it goes.</summary>
internal sealed class Container : IDisposable
{
    /// <summary>How many ended processes are remembered, so that their status and output can still be asked for.</summary>
    private const int KeptEnded = 64;

    // By exec id; null while crun is starting it. Guards itself and the queue.
    private readonly Dictionary<string, ContainerProcess?> _execs = [];
    private readonly List<string> _waitedFor = [];

    /// <summary>Makes an entry for a container that crun has created.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="bundle">Folder with its config.json.</param>
    /// <param name="init">Its first process.</param>
    /// <param name="storages">Mount points that were made for it.</param>
    /// <param name="sharePaths">What it uses of the share: its root and the sources of its mounts.</param>
    /// <param name="root">Its root as we see it, and what is mounted over parts of it.</param>
    public Container(
        string id, string bundle, ContainerProcess init, IReadOnlyList<string> storages, IReadOnlyList<string> sharePaths,
        (string Path, IReadOnlyList<string> MountPoints) root)
    {
        Id = id;
        Bundle = bundle;
        Init = init;
        Storages = storages;
        SharePaths = sharePaths;
        Root = root;
        Group = ContainerCgroup.Of(id);
        // What shares its pid namespace with others outlives its first process, unlike what has one of its own.
        Ended = init.Exit.ContinueWith(_ => Group.Kill(), TaskScheduler.Default);
    }

    /// <summary>Its id.</summary>
    public string Id { get; }

    /// <summary>Folder with its config.json.</summary>
    public string Bundle { get; }

    /// <summary>Its first process.</summary>
    public ContainerProcess Init { get; }

    /// <summary>Mount points that were made for it.</summary>
    public IReadOnlyList<string> Storages { get; }

    /// <summary>What it uses of the share.</summary>
    public IReadOnlyList<string> SharePaths { get; }

    /// <summary>Exports that are held for it.</summary>
    public IReadOnlyList<string> Anchors { get; init; } = [];

    /// <summary>Its root as we see it, and what is mounted over parts of it.</summary>
    public (string Path, IReadOnlyList<string> MountPoints) Root { get; }

    /// <summary>Its control group.</summary>
    public ContainerCgroup Group { get; }

    /// <summary>Completes when its first process has ended, and all others were told to.</summary>
    public Task Ended { get; }

    /// <summary>Whether its processes are stopped.</summary>
    public bool Paused { get; set; }

    /// <summary>Exec ids of the processes that were started here, by their numbers; the container's id for the first one.</summary>
    public IReadOnlyDictionary<int, string> Names
    {
        get
        {
            lock (_execs)
            {
                var names = _execs.Where(e => e.Value is { Exit.IsCompleted: false }).ToDictionary(e => e.Value!.Pid, e => e.Key);
                names[Init.Pid] = Id;
                return names;
            }
        }
    }

    /// <summary>Whether StartContainer was called.</summary>
    public bool Started { get; set; }

    /// <summary>Whether an id means the first process: Kata sends none, or the container's own.</summary>
    /// <param name="execId">The id of a request.</param>
    public bool IsInit(string execId) => execId.Length == 0 || execId == Id;

    /// <summary>Finds a process.</summary>
    /// <param name="execId">Its exec id; see <see cref="IsInit"/>.</param>
    /// <exception cref="TtrpcException">NotFound.</exception>
    public ContainerProcess Process(string execId)
    {
        if (IsInit(execId))
            return Init;
        lock (_execs)
        {
            return _execs.GetValueOrDefault(execId)
                ?? throw new TtrpcException(StatusCode.NotFound, $"container {Id} has no process '{execId}'");
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

            if (IsInit(execId) || !_execs.TryAdd(execId, null))
                throw new TtrpcException(StatusCode.AlreadyExists, $"container {Id} has a process '{execId}' already");
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
        if (IsInit(execId))
            return;
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

    /// <summary>Closes the streams of all its processes.</summary>
    public void Dispose()
    {
        Init.Dispose();
        lock (_execs)
        {
            foreach (var process in _execs.Values)
                process?.Dispose();
            _execs.Clear();
        }
    }

    /// <summary>Signals every process of the container, also one that nobody has started yet.</summary>
    /// <param name="signal">1 to 64; 0 only checks.</param>
    public void SignalAll(int signal)
    {
        if (signal == Signals.SIGKILL)
            KillAll();
        else
            Group.Signal(signal);
    }

    /// <summary>Ends every process of the container, those included that left their session (cgroup.kill).</summary>
    public void KillAll()
    {
        Init.Kill(Signals.SIGKILL);
        Group.Kill();
    }
}
