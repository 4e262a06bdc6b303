using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Shim.Storage;
using KataShimNet.Shim.Tracing;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>A container as its sandbox sees it: exports on the host, and a container in the guest.</summary>
/// <param name="id">containerd's id.</param>
/// <param name="machine">The sandbox's machine.</param>
/// <param name="files">What the pod adds to its specification.</param>
/// <param name="pipelines">Time-outs.</param>
/// <param name="log">Where events go.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle: there is nothing to release.")]
internal sealed class SandboxContainer(string id, SandboxMachine machine, PodFiles? files, SandboxPipelines pipelines, ILogger log)
{
    private readonly ContainerStorage _storage = new(id, machine.Storage, log);
    // Creating and removing the same container do not overlap.
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Exports root and volumes, and creates the container in the guest. On failure nothing of it is left.</summary>
    /// <param name="request">What to create.</param>
    /// <param name="spec">Its specification; rewritten for the guest.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">Code and text for containerd.</exception>
    public async Task CreateAsync(ContainerRequest request, Spec spec, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var start = Stopwatch.GetTimestamp();
            files?.AddTo(spec);
            // The pause container needs nothing, and comes before all others.
            if (!spec.Annotations.TryGetValue("io.kubernetes.cri.container-type", out var kind) || kind != "sandbox")
                await machine.Growth.AddAsync(id, spec.Linux?.Resources, cancel).ConfigureAwait(false);
            await PrepareAsync(request, spec, cancel).ConfigureAwait(false);
            var exported = Stopwatch.GetElapsedTime(start);
            await pipelines.AgentRequest.ExecuteAsync(
                async token => await machine.Agent!.CreateContainerAsync(id, spec, _storage.Storages, _storage.Devices, token).ConfigureAwait(false), cancel).ConfigureAwait(false);
            SandboxLog.ContainerCreated(
                log, id, _storage.Exports, SandboxLog.Milliseconds(exported), SandboxLog.Milliseconds(Stopwatch.GetElapsedTime(start) - exported));
        }
        catch (Exception e)
        {
            machine.Growth.Remove(id);
            await _storage.ReleaseAsync().ConfigureAwait(false);
            throw Explain(e);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Removes it from the guest as far as the guest still answers, then its exports.</summary>
    public async Task RemoveAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            await pipelines.AgentRequest.ExecuteAsync(
                async token => await machine.Agent!.RemoveContainerAsync(id, token).ConfigureAwait(false), cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TtrpcException or Polly.Timeout.TimeoutRejectedException)
        {
            SandboxLog.RemoveFailed(log, id, e.Message);
        }
        finally
        {
            machine.Growth.Remove(id);
            await _storage.ReleaseAsync().ConfigureAwait(false);
            _turn.Release();
        }
    }

    private async Task PrepareAsync(ContainerRequest request, Spec spec, CancellationToken cancel)
    {
        using var stage = ShimTraces.Stage("storage");
        var ready = Path.Combine(request.Bundle, spec.Root?.Path ?? "rootfs");
        SpecRewriter.Apply(spec, id, machine.Storage.Seccomp);
        await _storage.PrepareAsync(request, ready, spec, cancel).ConfigureAwait(false);
        spec.Root!.Path = _storage.RootPath;
        spec.Process?.Terminal = request.Terminal;
    }

    private TtrpcException Explain(Exception error) => error switch
    {
        TtrpcException known => known,
        StorageException => new TtrpcException(StatusCode.FailedPrecondition, error.Message, error),
        LinuxException { Errno: Errno.ECONNRESET or Errno.EPIPE } => new TtrpcException(StatusCode.Unavailable, error.Message, error),
        Polly.Timeout.TimeoutRejectedException timeout => new TtrpcException(
            StatusCode.DeadlineExceeded, $"the agent did not create container {id} within {timeout.Timeout.TotalSeconds:0.#} s", error),
        OperationCanceledException => new TtrpcException(StatusCode.Cancelled, $"creating container {id} was cancelled", error),
        _ => new TtrpcException(StatusCode.Internal, $"container {id}: {error.Message}", error),
    };
}
