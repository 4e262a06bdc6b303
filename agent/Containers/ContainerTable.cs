using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Google.Protobuf.Collections;
using KataShimNet.Agent.Processes;
using KataShimNet.Agent.Storages;
using KataShimNet.Agent.Streams;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Oci;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;

namespace KataShimNet.Agent.Containers;

/// <summary>All containers of the guest, and how they come and go.</summary>
internal sealed class ContainerTable(Reaper reaper, FdPoller poller, Crun crun, StorageTable storages)
{
    // By id; null while a container is being created or removed, so that its name stays taken. Guards itself.
    private readonly Dictionary<string, Container?> _containers = [];

    /// <summary>Finds a container.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="TtrpcException">NotFound.</exception>
    public Container this[string id]
    {
        get
        {
            lock (_containers)
            {
                return _containers.GetValueOrDefault(id)
                    ?? throw new TtrpcException(StatusCode.NotFound, $"there is no container '{id}'");
            }
        }
    }

    /// <summary>Ids of all containers.</summary>
    public IReadOnlyList<string> Ids
    {
        get
        {
            lock (_containers)
                return [.. _containers.Where(c => c.Value is not null).Select(c => c.Key)];
        }
    }

    /// <summary>Creates a container; when that fails nothing of it is left.</summary>
    /// <param name="request">As the host sent it; its spec is changed.</param>
    /// <exception cref="TtrpcException">AlreadyExists, InvalidArgument, or what crun had against it.</exception>
    public async Task CreateAsync(CreateContainerRequest request)
    {
        var id = PathRules.Component(request.ContainerId, "container id");
        var spec = request.OCI ?? throw new TtrpcException(StatusCode.InvalidArgument, "CreateContainer without a spec");
        SpecAdapter.Adapt(spec, id, request.SandboxPidns);
        lock (_containers)
        {
            if (!_containers.TryAdd(id, null))
                throw new TtrpcException(StatusCode.AlreadyExists, $"there is a container '{id}' already");
        }

        Container? container = null;
        try
        {
            NetworkSysctls.Apply(spec);
            container = await CreateAsync(id, spec, request.Storages).ConfigureAwait(false);
        }
        finally
        {
            lock (_containers)
            {
                if (container is null)
                    _containers.Remove(id);
                else
                    _containers[id] = container;
            }
        }
    }

    /// <summary>Adds a process to a container and starts it.</summary>
    /// <param name="request">As the host sent it.</param>
    /// <exception cref="TtrpcException">NotFound, AlreadyExists, InvalidArgument, or what crun had against it.</exception>
    public async Task ExecAsync(ExecProcessRequest request)
    {
        var container = this[request.ContainerId];
        var execId = PathRules.Component(request.ExecId, "exec id");
        if (request.Process is null || request.Process.Args.Count == 0)
            throw new TtrpcException(StatusCode.InvalidArgument, "ExecProcess without process.args");
        request.Process.ApparmorProfile = "";
        request.Process.SelinuxLabel = "";
        ProgramCheck.Check(container.Root.Path, container.Root.MountPoints, request.Process);
        container.Reserve(execId);
        ContainerProcess? process = null;
        var file = Path.Combine(container.Bundle, $"process-{execId}.json");
        try
        {
            await File.WriteAllBytesAsync(file, OciJson.WriteProcess(request.Process)).ConfigureAwait(false);
            process = await StartAsync(request.Process.Terminal, (fds, socket) => crun.ExecAsync(container.Id, file, fds, socket)).ConfigureAwait(false);
        }
        finally
        {
            container.Settle(execId, process);
            File.Delete(file);
        }
    }

    /// <summary>Starts a created container.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="TtrpcException">NotFound, FailedPrecondition, or what crun had against it.</exception>
    public async Task StartAsync(string id)
    {
        var container = this[id];
        if (container.Started)
            throw new TtrpcException(StatusCode.FailedPrecondition, $"container {id} was started before");
        await crun.StartAsync(id).ConfigureAwait(false);
        container.Started = true;
    }

    /// <summary>Removes a container with all its processes and mounts.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="TtrpcException">NotFound, or what crun had against it; the container is still there then.</exception>
    public async Task RemoveAsync(string id)
    {
        var container = this[id];
        lock (_containers)
            _containers[id] = null;
        try
        {
            container.KillAll();
            await crun.DeleteAsync(id).ConfigureAwait(false);
        }
        catch
        {
            lock (_containers)
                _containers[id] = container;
            throw;
        }

        container.Dispose();
        foreach (var point in container.Storages.Reverse())
            storages.Remove(point);
        Directory.Delete(container.Bundle, recursive: true);
        lock (_containers)
        {
            _containers.Remove(id);
            ShareMounts.Release(container.SharePaths, _containers.Values.OfType<Container>().SelectMany(c => c.SharePaths));
        }
    }

    private async Task<Container> CreateAsync(string id, Spec spec, RepeatedField<Storage> wanted)
    {
        var bundle = $"{GuestContract.ContainersPath}/{id}";
        var mounted = storages.AddAll(wanted);
        var sharePaths = ShareMounts.PathsOf(spec);
        try
        {
            ShareMounts.Touch(sharePaths);
            if (!Directory.Exists(spec.Root.Path))
                throw new TtrpcException(StatusCode.NotFound, $"container {id}: its root {spec.Root.Path} is not in the guest: was it shared?");
            Directory.CreateDirectory(bundle);
            ProgramCheck.Check(spec.Root.Path, MountPointsOf(spec), spec.Process);
            await File.WriteAllBytesAsync($"{bundle}/config.json", OciJson.WriteSpec(spec)).ConfigureAwait(false);
            var process = await StartAsync(spec.Process.Terminal, (fds, socket) => crun.CreateAsync(id, bundle, fds, socket)).ConfigureAwait(false);
            return new Container(id, bundle, process, mounted, sharePaths, (spec.Root.Path, MountPointsOf(spec)));
        }
        catch
        {
            // What crun made before it failed goes too; that it may have made nothing is no error.
            await crun.DeleteAsync(id).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var point in mounted.Reverse())
                storages.Remove(point);
            if (Directory.Exists(bundle))
                Directory.Delete(bundle, recursive: true);
            lock (_containers)
                ShareMounts.Release(sharePaths, _containers.Values.OfType<Container>().SelectMany(c => c.SharePaths));
            throw;
        }
    }

    private static string[] MountPointsOf(Spec spec) => [.. spec.Mounts.Select(m => m.Destination)];

    private async Task<ContainerProcess> StartAsync(
        bool terminal,
        Func<IReadOnlyDictionary<int, Linux.OwnedFd>, string?, Task<(int Pid, Task<Linux.ChildExit> Exit)>> start)
    {
        if (terminal)
        {
            using var socket = new ConsoleSocket(crun.NewRunFile("console"));
            var (leader, end) = await start(new Dictionary<int, Linux.OwnedFd>(), socket.Path).ConfigureAwait(false);
            return new ContainerProcess(reaper, leader, end, ProcessStreams.OfTerminal(socket.Receive(), poller, end));
        }

        using var pipes = new ProcessStreams.Pipes();
        var (pid, exit) = await start(pipes.Theirs, null).ConfigureAwait(false);
        return new ContainerProcess(reaper, pid, exit, pipes.Connect(poller, exit));
    }
}
