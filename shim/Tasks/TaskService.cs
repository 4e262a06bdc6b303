using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Oci;
using KataShimNet.AgentProto.ShimApi;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Shim.Commands;
using KataShimNet.Shim.Sandboxes;
using KataShimNet.Shim.Stdio;

namespace KataShimNet.Shim.Tasks;

/// <summary>containerd's Task service: one method per call. The doors are in <see cref="TaskDoors"/>.</summary>
/// <param name="context">What tasks share.</param>
/// <param name="sandboxId">Id of the sandbox, for which calls are answered although it may have no task of its own.</param>
internal sealed class TaskService(TaskContext context, string sandboxId)
{
    private const uint HighestSignal = 64;
    private readonly TaskRegistry _tasks = new();
    private readonly OomReports _oom = new(context);
    private readonly TaskCompletionSource _shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when containerd has asked for the end, and no container is left.</summary>
    public Task ShutdownRequested => _shutdown.Task;

    /// <summary>The containers that exist.</summary>
    public IEnumerable<ContainerTask> All => _tasks.All;

    /// <summary>Create.</summary>
    public async Task<CreateTaskResponse> CreateAsync(CreateTaskRequest request, CancellationToken cancel)
    {
        if (request.Id.Length == 0)
            throw new TtrpcException(StatusCode.InvalidArgument, "the container has no id");
        if (request.Checkpoint.Length > 0)
            throw new TtrpcException(StatusCode.Unimplemented, "a container cannot be created from a checkpoint");
        _tasks.Reserve(request.Id);
        InitProcess? init = null;
        try
        {
            var container = new ContainerRequest(request.Id, request.Bundle, request.Rootfs, request.Terminal);
            init = new InitProcess(context, container, new StdioPaths(request.Stdin, request.Stdout, request.Stderr, request.Terminal));
            await init.CreateAsync(cancel).ConfigureAwait(false);
            _tasks.Fill(request.Id, new ContainerTask(request.Bundle, init));
            _oom.Start(_tasks);
            return new CreateTaskResponse { Pid = init.Pid };
        }
        catch
        {
            init?.Dispose();
            _tasks.Remove(request.Id);
            throw;
        }
    }

    /// <summary>Start.</summary>
    public async Task<StartResponse> StartAsync(StartRequest request, CancellationToken cancel)
    {
        var task = _tasks.Get(request.Id);
        var process = task.Process(request.ExecId);
        if (request.ExecId.Length > 0)
            task.RequireRunning(process);
        await process.StartAsync(cancel).ConfigureAwait(false);
        return new StartResponse { Pid = process.Pid };
    }

    /// <summary>Exec: only makes the process known.</summary>
    public Task<Empty> ExecAsync(ExecProcessRequest request, CancellationToken cancel)
    {
        var task = _tasks.Get(request.Id);
        if (request.ExecId.Length == 0)
            throw new TtrpcException(StatusCode.InvalidArgument, "the exec has no id");
        var spec = ExecSpec.Read(request);
        if (task.Execs.ContainsKey(request.ExecId))
            throw Exists(request);
        var paths = new StdioPaths(request.Stdin, request.Stdout, request.Stderr, request.Terminal);
        var exec = new ExecProcess(context, request.Id, request.ExecId, spec, paths);
        if (!task.Execs.TryAdd(request.ExecId, exec))
        {
            exec.Dispose();
            throw Exists(request);
        }

        exec.PublishAdded();
        return Task.FromResult(new Empty());
    }

    /// <summary>State.</summary>
    public Task<StateResponse> StateAsync(StateRequest request, CancellationToken cancel)
    {
        var task = _tasks.Get(request.Id);
        var process = task.Process(request.ExecId);
        var exit = process.Exit;
        return Task.FromResult(new StateResponse
        {
            Id = request.Id,
            Bundle = task.Bundle,
            Pid = process.Pid,
            Status = process.Status,
            Stdin = process.Paths.Stdin,
            Stdout = process.Paths.Stdout,
            Stderr = process.Paths.Stderr,
            Terminal = process.Paths.Terminal,
            ExitStatus = exit?.Status ?? 0,
            ExitedAt = exit is null ? null : Timestamp.FromDateTime(exit.At),
            ExecId = request.ExecId,
        });
    }

    /// <summary>Wait: answered when the process has ended.</summary>
    public async Task<WaitResponse> WaitAsync(WaitRequest request, CancellationToken cancel)
    {
        var process = _tasks.Get(request.Id).Process(request.ExecId);
        var exit = await process.Exited.WaitAsync(cancel).ConfigureAwait(false);
        return new WaitResponse { ExitStatus = exit.Status, ExitedAt = Timestamp.FromDateTime(exit.At) };
    }

    /// <summary>Kill.</summary>
    public async Task<Empty> KillAsync(KillRequest request, CancellationToken cancel)
    {
        if (request.Signal > HighestSignal)
            throw new TtrpcException(StatusCode.InvalidArgument, $"there is no signal {request.Signal}");
        await _tasks.Get(request.Id).Process(request.ExecId).KillAsync(request.Signal, request.All, cancel).ConfigureAwait(false);
        return new Empty();
    }

    /// <summary>Delete.</summary>
    public async Task<DeleteResponse> DeleteAsync(DeleteRequest request, CancellationToken cancel)
    {
        var task = _tasks.Get(request.Id);
        var process = task.Process(request.ExecId);
        var exit = await process.DeleteAsync(cancel).ConfigureAwait(false);
        if (request.ExecId.Length > 0)
            task.Execs.TryRemove(request.ExecId, out _);
        else
            _tasks.Remove(request.Id);
        return new DeleteResponse { Pid = process.Pid, ExitStatus = exit.Status, ExitedAt = Timestamp.FromDateTime(exit.At) };
    }

    /// <summary>CloseIO.</summary>
    public Task<Empty> CloseIOAsync(CloseIORequest request, CancellationToken cancel)
    {
        var process = _tasks.Get(request.Id).Process(request.ExecId);
        if (request.Stdin)
            process.Stdio.CloseInput();
        return Task.FromResult(new Empty());
    }

    /// <summary>ResizePty.</summary>
    public async Task<Empty> ResizePtyAsync(ResizePtyRequest request, CancellationToken cancel)
    {
        var process = _tasks.Get(request.Id).Process(request.ExecId);
        if (process.Paths.Terminal)
            await process.ResizeAsync(request.Height, request.Width, cancel).ConfigureAwait(false);
        return new Empty();
    }

    /// <summary>Pids: see <see cref="TaskProcesses"/>.</summary>
    public Task<PidsResponse> PidsAsync(PidsRequest request, CancellationToken cancel)
    {
        var task = request.Id == sandboxId ? _tasks.Find(request.Id) : _tasks.Get(request.Id);
        return task is null ? Task.FromResult(new PidsResponse()) : TaskProcesses.ListAsync(task, cancel);
    }

    /// <summary>Stats.</summary>
    public async Task<StatsResponse> StatsAsync(StatsRequest request, CancellationToken cancel)
    {
        var stats = await _tasks.Get(request.Id).Init.Container.StatsAsync(cancel).ConfigureAwait(false);
        return new StatsResponse { Stats = TaskMetrics.Pack(stats) };
    }

    /// <summary>Update: first the machine, which may have to grow, then the container in it.</summary>
    public async Task<Empty> UpdateAsync(UpdateTaskRequest request, CancellationToken cancel)
    {
        var task = _tasks.Get(request.Id);
        var resources = ReadResources(request);
        await context.Sandbox.ResizeAsync(request.Id, resources, cancel).ConfigureAwait(false);
        await task.Init.Container.UpdateAsync(resources, cancel).ConfigureAwait(false);
        return new Empty();
    }

    /// <summary>Pause.</summary>
    public async Task<Empty> PauseAsync(PauseRequest request, CancellationToken cancel)
    {
        await _tasks.Get(request.Id).Init.PauseAsync(cancel).ConfigureAwait(false);
        return new Empty();
    }

    /// <summary>Resume.</summary>
    public async Task<Empty> ResumeAsync(ResumeRequest request, CancellationToken cancel)
    {
        await _tasks.Get(request.Id).Init.ResumeAsync(cancel).ConfigureAwait(false);
        return new Empty();
    }

    /// <summary>Checkpoint: never.</summary>
    public Task<Empty> CheckpointAsync(CheckpointTaskRequest request, CancellationToken cancel)
    {
        _tasks.Get(request.Id);
        throw new TtrpcException(
            StatusCode.Unimplemented, $"container {request.Id} cannot be checkpointed: its processes are in a virtual machine, where CRIU on the host does not reach");
    }

    /// <summary>Connect.</summary>
    public Task<ConnectResponse> ConnectAsync(ConnectRequest request, CancellationToken cancel)
    {
        var task = request.Id == sandboxId ? _tasks.Find(request.Id) : _tasks.Get(request.Id);
        return Task.FromResult(new ConnectResponse
        {
            ShimPid = (uint)Environment.ProcessId,
            TaskPid = task?.Init.Pid ?? 0,
            Version = InfoCommand.Version,
        });
    }

    /// <summary>List, of a service of our own: see <see cref="ContainerList"/>.</summary>
    public Task<ListContainersResponse> ListAsync(ListContainersRequest request, CancellationToken cancel) => Task.FromResult(ContainerList.Of(_tasks));

    /// <summary>Shutdown: comes after every Delete, and counts when no container is left.</summary>
    public Task<Empty> ShutdownAsync(ShutdownRequest request, CancellationToken cancel)
    {
        if (_tasks.IsEmpty || request.Now)
            _shutdown.TrySetResult();
        return Task.FromResult(new Empty());
    }

    /// <summary>After the sandbox's end: waits, a short time, until every process that ran has been reported as ended.</summary>
    public async Task WaitForProcessesAsync()
    {
        foreach (var task in _tasks.All)
        {
            foreach (var process in task.Execs.Values.Append<GuestProcess>(task.Init).Where(p => p.Lives))
                await Task.WhenAny(process.Exited, Task.Delay(ProcessStdio.DrainPatience * 2)).ConfigureAwait(false);
        }
    }

    private static TtrpcException Exists(ExecProcessRequest request) =>
        new(StatusCode.AlreadyExists, $"exec {request.ExecId} of container {request.Id} exists already");

    private static LinuxResources ReadResources(UpdateTaskRequest request)
    {
        if (request.Resources is null)
            throw new TtrpcException(StatusCode.InvalidArgument, $"the update of container {request.Id} says nothing of what to change");
        try
        {
            return OciJson.ReadResources(request.Resources.Value.Memory);
        }
        catch (OciJsonException e)
        {
            throw new TtrpcException(StatusCode.InvalidArgument, $"the update of container {request.Id}: {e.Message}", e);
        }
    }
}
