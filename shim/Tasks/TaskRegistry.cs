using System.Collections.Concurrent;
using System.Collections.Generic;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Shim.Tasks;

/// <summary>The containers of a sandbox, those whose Create is under way included.</summary>
internal sealed class TaskRegistry
{
    // A null task is an id whose Create is under way.
    private readonly ConcurrentDictionary<string, ContainerTask?> _tasks = new();

    /// <summary>Whether there is no container, and none is being made.</summary>
    public bool IsEmpty => _tasks.IsEmpty;

    /// <summary>The containers that exist.</summary>
    public IEnumerable<ContainerTask> All
    {
        get
        {
            foreach (var task in _tasks.Values)
            {
                if (task is not null)
                    yield return task;
            }
        }
    }

    /// <summary>Takes an id, before its container is made.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="TtrpcException">AlreadyExists.</exception>
    public void Reserve(string id)
    {
        if (!_tasks.TryAdd(id, null))
            throw new TtrpcException(StatusCode.AlreadyExists, $"container {id} exists already");
    }

    /// <summary>The container of a reserved id is made.</summary>
    /// <param name="id">The id.</param>
    /// <param name="task">The container.</param>
    public void Fill(string id, ContainerTask task) => _tasks[id] = task;

    /// <summary>Gives an id free.</summary>
    /// <param name="id">The id.</param>
    public void Remove(string id) => _tasks.TryRemove(id, out _);

    /// <summary>A container, or null.</summary>
    /// <param name="id">Its id.</param>
    public ContainerTask? Find(string id) => _tasks.GetValueOrDefault(id);

    /// <summary>A container.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="TtrpcException">NotFound.</exception>
    public ContainerTask Get(string id) => Find(id) ?? throw new TtrpcException(StatusCode.NotFound, $"container {id}: not found");
}
