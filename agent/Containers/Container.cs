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
        Execs = new ExecTable($"container {id}");
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

    /// <summary>Processes that were added to it.</summary>
    public ExecTable Execs { get; }

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
            var names = Execs.Running.ToDictionary(e => e.Value.Pid, e => e.Key);
            names[Init.Pid] = Id;
            return names;
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
    public ContainerProcess Process(string execId) => IsInit(execId) ? Init : Execs[execId];

    /// <summary>Closes the streams of all its processes.</summary>
    public void Dispose()
    {
        Init.Dispose();
        Execs.Dispose();
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
