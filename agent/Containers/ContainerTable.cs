using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Devices;
using KataShimNet.Agent.Namespaces;
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
internal sealed class ContainerTable(
    Reaper reaper, FdPoller poller, Crun crun, StorageTable storages, DeviceRewriter devices, SharedNamespaces namespaces, OomWatch oom)
{
    // The CRI's annotation: the pause container of a pod has "sandbox".
    private const string ContainerType = "io.kubernetes.cri.container-type";

    private readonly ShareAnchors _anchors = new();
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
        SpecAdapter.Adapt(spec, id, type => type != "pid" ? namespaces.PathOf(type) : request.SandboxPidns ? namespaces.PidPath() : "");
        lock (_containers)
        {
            if (!_containers.TryAdd(id, null))
                throw new TtrpcException(StatusCode.AlreadyExists, $"there is a container '{id}' already");
        }

        Container? container = null;
        try
        {
            NetworkSysctls.Apply(spec);
            container = await CreateAsync(id, spec, request).ConfigureAwait(false);
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
        if (container.Paused)
            throw new TtrpcException(StatusCode.FailedPrecondition, $"container {container.Id} is paused: resume it first");
        ProgramCheck.Check(container.Root.Path, container.Root.MountPoints, request.Process);
        if (container.IsInit(execId))
            throw new TtrpcException(StatusCode.AlreadyExists, $"container {container.Id} has a process '{execId}' already");
        container.Execs.Reserve(execId);
        ContainerProcess? process = null;
        var file = Path.Combine(container.Bundle, $"process-{execId}.json");
        try
        {
            await File.WriteAllBytesAsync(file, OciJson.WriteProcess(request.Process)).ConfigureAwait(false);
            process = await StartAsync(request.Process.Terminal, (fds, socket) => crun.ExecAsync(container.Id, file, fds, socket)).ConfigureAwait(false);
        }
        finally
        {
            container.Execs.Settle(execId, process);
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

    /// <summary>Stops all processes of a container, or lets them go on.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="paused">Whether they are to stop.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">NotFound, DeadlineExceeded.</exception>
    public async Task PauseAsync(string id, bool paused, CancellationToken cancel)
    {
        var container = this[id];
        await container.Group.FreezeAsync(paused, poller, cancel).ConfigureAwait(false);
        container.Paused = paused;
    }

    /// <summary>Changes what a container may use.</summary>
    /// <param name="request">As the host sent it.</param>
    /// <exception cref="TtrpcException">NotFound, InvalidArgument, or what crun had against it.</exception>
    public async Task UpdateAsync(UpdateContainerRequest request)
    {
        var container = this[request.ContainerId];
        var resources = request.Resources ?? throw new TtrpcException(StatusCode.InvalidArgument, "UpdateContainer without resources");
        SpecAdapter.DropHostOnly(resources);
        resources.Devices.Clear();
        var file = crun.NewRunFile("resources");
        try
        {
            await File.WriteAllBytesAsync(file, OciJson.WriteResources(resources)).ConfigureAwait(false);
            await crun.UpdateAsync(container.Id, file).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(file);
        }
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
            await container.Ended.ConfigureAwait(false);
        }
        catch
        {
            lock (_containers)
                _containers[id] = container;
            throw;
        }

        oom.Forget(id);
        container.Dispose();
        await storages.RemoveAsync(container.Storages).ConfigureAwait(false);
        Directory.Delete(container.Bundle, recursive: true);
        _anchors.Release(container.Anchors);
        lock (_containers)
        {
            _containers.Remove(id);
            ShareMounts.Release(container.SharePaths, _containers.Values.OfType<Container>().SelectMany(c => c.SharePaths));
        }
    }

    private async Task<Container> CreateAsync(string id, Spec spec, CreateContainerRequest request)
    {
        var bundle = $"{GuestContract.ContainersPath}/{id}";
        var sharePaths = ShareMounts.PathsOf(spec, request.Storages);
        IReadOnlyList<string> mounted = [], anchors = [];
        try
        {
            // A share first, for the sources of all else may be below it. It stays when the container goes.
            await storages.AddAllAsync(request.Storages.Where(s => s.Driver == GuestContract.ShareDriver), CancellationToken.None).ConfigureAwait(false);
            ShareMounts.Touch(sharePaths);
            anchors = _anchors.Take(spec, request.Storages);
            mounted = await storages.AddAllAsync(
                request.Storages.Where(s => s.Driver != GuestContract.ShareDriver), CancellationToken.None).ConfigureAwait(false);
            await devices.RewriteAsync(spec, request.Devices, CancellationToken.None).ConfigureAwait(false);
            if (!Directory.Exists(spec.Root.Path))
                throw new TtrpcException(StatusCode.NotFound, $"container {id}: its root {spec.Root.Path} is not in the guest: was it shared?");
            Directory.CreateDirectory(bundle);
            ProgramCheck.Check(spec.Root.Path, MountPointsOf(spec), spec.Process);
            await File.WriteAllBytesAsync($"{bundle}/config.json", OciJson.WriteSpec(spec)).ConfigureAwait(false);
            var process = await StartAsync(spec.Process.Terminal, (fds, socket) => crun.CreateAsync(id, bundle, fds, socket)).ConfigureAwait(false);
            if (spec.Annotations.GetValueOrDefault(ContainerType) == "sandbox" && spec.Linux.Namespaces.Any(n => n is { Type: "pid", Path: "" }))
                namespaces.OfferPid(process.Pid);
            oom.Watch(id);
            return new Container(id, bundle, process, mounted, sharePaths, (spec.Root.Path, MountPointsOf(spec))) { Anchors = anchors };
        }
        catch
        {
            // What crun made before it failed goes too; that it may have made nothing is no error.
            await crun.DeleteAsync(id).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await storages.RemoveAsync(mounted).ConfigureAwait(false);
            if (Directory.Exists(bundle))
                Directory.Delete(bundle, recursive: true);
            _anchors.Release(anchors);
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
