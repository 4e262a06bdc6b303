using System;
using System.Collections.Generic;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;

namespace KataShimNet.AgentProto.FsdControl;

/// <summary>The shim's end of fsd's control socket. Calls are made one after the other.</summary>
public sealed class ControlClient : IDisposable
{
    private readonly FdSocket _socket;
    // Held for a whole exchange: fsd answers in order, one at a time.
    private readonly SemaphoreSlim _exchange = new(1, 1);
    private int _lastId;

    /// <summary>Takes ownership of a connected SOCK_SEQPACKET socket.</summary>
    /// <param name="socket">The socket.</param>
    public ControlClient(OwnedFd socket) => _socket = new FdSocket(socket);

    /// <summary>Waits until the daemon serves.</summary>
    /// <exception cref="LinuxException">The daemon is gone (ECONNRESET, EPIPE).</exception>
    public Task PingAsync() => CallAsync(ControlOperation.Ping);

    /// <summary>Adds an export.</summary>
    /// <param name="name">Its name below the synthetic root.</param>
    /// <param name="policy">How it is served.</param>
    /// <param name="root">Descriptor of its root; fsd gets a duplicate.</param>
    /// <exception cref="LinuxException">The daemon refused (EEXIST for a name in use), or is gone.</exception>
    public Task AddExportAsync(string name, ExportPolicy policy, OwnedFd root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return CallAsync(ControlOperation.AddExport, name, policy, root);
    }

    /// <summary>Removes an export and closes all that fsd holds of it.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="LinuxException">There is none by that name (ENOENT), or the daemon is gone.</exception>
    public Task RemoveExportAsync(string name) => CallAsync(ControlOperation.RemoveExport, name);

    /// <summary>Says that the machine is about to be stopped; when this is through, the daemon asks QEMU for nothing any more.</summary>
    public Task HoldAsync() => CallAsync(ControlOperation.Hold);

    /// <summary>Says that the machine goes on.</summary>
    public Task ReleaseAsync() => CallAsync(ControlOperation.Release);

    /// <summary>Before the machine is stopped: promises its guest nothing any more, and waits until all promises have run out.</summary>
    public Task SuspendLeasesAsync() => CallAsync(ControlOperation.SuspendLeases);

    /// <summary>After the machine goes on.</summary>
    public Task ResumeLeasesAsync() => CallAsync(ControlOperation.ResumeLeases);

    /// <summary>Asks for counters.</summary>
    public async Task<DaemonStatus> GetStatusAsync() =>
        (await CallAsync(ControlOperation.Status).ConfigureAwait(false)).Status
        ?? throw new LinuxException(Errno.EPROTO, "fsd", "status without counters");

    /// <summary>Asks for all numbers.</summary>
    public async Task<DaemonMetrics> GetMetricsAsync() =>
        (await CallAsync(ControlOperation.Metrics).ConfigureAwait(false)).Metrics
        ?? throw new LinuxException(Errno.EPROTO, "fsd", "metrics without numbers");

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Shutdown();
        _socket.Dispose();
    }

    private async Task<ControlResponse> CallAsync(ControlOperation operation, string? name = null, ExportPolicy? policy = null, OwnedFd? fd = null)
    {
        await _exchange.WaitAsync().ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Exchange(new ControlRequest(++_lastId, operation, name, policy), fd)).ConfigureAwait(false);
        }
        finally
        {
            _exchange.Release();
        }
    }

    private ControlResponse Exchange(ControlRequest request, OwnedFd? fd)
    {
        var packet = JsonSerializer.SerializeToUtf8Bytes(request, ControlJson.Default.ControlRequest);
        _socket.Send(packet, fd is null ? [] : [fd.Fd]);
        var buffer = new byte[ControlRequest.MaxPacket];
        var unexpected = new List<OwnedFd>();
        var length = _socket.Receive(buffer, unexpected);
        unexpected.ForEach(f => f.Dispose());
        if (length == 0)
            throw new LinuxException(Errno.ECONNRESET, "fsd", "the daemon closed the control socket");
        var response = JsonSerializer.Deserialize(buffer.AsSpan(0, length), ControlJson.Default.ControlResponse);
        if (response is null || response.Id != request.Id)
            throw new LinuxException(Errno.EPROTO, "fsd", "answer to another request");
        return response.Errno == 0 ? response : throw new LinuxException((Errno)response.Errno, "fsd", $"{request.Operation} {request.Export}: {response.Message}");
    }
}
