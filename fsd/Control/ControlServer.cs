using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text.Json;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Coherency.Sizes;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Keeper;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Control;

/// <summary>fsd's end of the control socket: answers the shim's requests one by one.</summary>
internal sealed class ControlServer : IDisposable
{
    private readonly FdSocket _socket;
    private readonly WorkerSupervisor _workers;
    private readonly ExportRecords _exports;
    private readonly DaxWindow? _window;
    private readonly GuestSizes? _sizes;
    private readonly ILogger _logger;
    private readonly List<OwnedFd> _fds = [];

    /// <summary>Takes ownership of a connected SOCK_SEQPACKET socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="workers">The worker, whichever there is.</param>
    /// <param name="exports">The exports; not owned.</param>
    /// <param name="window">The DAX window, or null; not owned.</param>
    /// <param name="sizes">Who has to know the exports' names, or null; not owned.</param>
    /// <param name="logger">Log.</param>
    public ControlServer(FdSocket socket, WorkerSupervisor workers, ExportRecords exports, DaxWindow? window, GuestSizes? sizes, ILogger logger)
    {
        _sizes = sizes;
        _window = window;
        _socket = socket;
        _workers = workers;
        _exports = exports;
        _logger = logger;
    }

    /// <summary>Serves until the shim closes its end or the worker is gone.</summary>
    public void Run()
    {
        var buffer = new byte[ControlRequest.MaxPacket];
        try
        {
            int length;
            while ((length = _socket.Receive(buffer, _fds)) > 0)
            {
                var response = Answer(buffer.AsSpan(0, length));
                CloseFds();
                _socket.Send(JsonSerializer.SerializeToUtf8Bytes(response, ControlJson.Default.ControlResponse));
            }
        }
        catch (WorkerDiedException)
        {
            // There is no other one: the keeper ends, and says why.
        }
        catch (LinuxException e)
        {
            ControlLog.Broken(_logger, e.Message);
        }
        finally
        {
            CloseFds();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private ControlResponse Answer(ReadOnlySpan<byte> packet)
    {
        var id = 0;
        try
        {
            var request = JsonSerializer.Deserialize(packet, ControlJson.Default.ControlRequest)
                ?? throw new LinuxException(Errno.EINVAL, "control", "the packet holds no request");
            id = request.Id;
            return Follow(request);
        }
        catch (JsonException e)
        {
            return Refuse(id, Errno.EINVAL, $"the packet is no request: {e.Message}");
        }
        catch (LinuxException e)
        {
            return Refuse(id, e.Errno, e.Message);
        }
    }

    private ControlResponse Follow(ControlRequest request)
    {
        var wanted = request.Operation == ControlOperation.AddExport ? 1 : 0;
        if (_fds.Count != wanted)
            throw new LinuxException(Errno.EINVAL, "control", $"{request.Operation} came with {_fds.Count} descriptors, expected {wanted}");
        switch (request.Operation)
        {
            case ControlOperation.Ping:
                _workers.Ask(worker => worker.Exports.Call(ChannelOperation.Ping));
                return new ControlResponse(request.Id);
            case ControlOperation.AddExport:
                AddExport(request);
                return new ControlResponse(request.Id);
            case ControlOperation.RemoveExport:
                var removed = Name(request);
                var place = _workers.Ask(worker => _exports.Remove(worker.Exports, removed));
                _window?.DropExport(place);
                ControlLog.Removed(_logger, request.Export!);
                return new ControlResponse(request.Id);
            case ControlOperation.SuspendLeases:
                _workers.Ask(worker => worker.Exports.Call(ChannelOperation.SuspendLeases));
                return new ControlResponse(request.Id);
            case ControlOperation.ResumeLeases:
                _workers.Ask(worker => worker.Exports.Call(ChannelOperation.ResumeLeases));
                return new ControlResponse(request.Id);
            case ControlOperation.Status:
                return new ControlResponse(request.Id, Status: Status());
            case ControlOperation.Metrics:
                return new ControlResponse(request.Id, Metrics: DaemonNumbers.Read(_workers, _exports.Count, _window));
            case ControlOperation.Hold:
                _window?.Hold();
                return new ControlResponse(request.Id);
            case ControlOperation.Release:
                _window?.Release();
                return new ControlResponse(request.Id);
            default:
                throw new LinuxException(Errno.ENOSYS, "control", request.Operation.ToString());
        }
    }

    private void AddExport(ControlRequest request)
    {
        var name = Name(request);
        var policy = request.Policy ?? throw new LinuxException(Errno.EINVAL, "control", "AddExport without a policy");
        var root = policy.Live ? _fds[0] : Detach(_fds[0]);
        _fds.Clear();
        try
        {
            var place = _workers.Ask(worker => _exports.Add(worker.Exports, name, policy, root));
            _window?.AddExport(place);
            _sizes?.AddExport(place, name);
        }
        catch
        {
            root.Dispose();
            throw;
        }

        ControlLog.Added(_logger, name, policy.Class, policy.ReadOnly);
    }

    // A copy with nothing above it: the worker is not to hold a way to the rest of the host. Without the rights for it there is none to
    // protect either, for the worker then has no namespace of its own.
    private static OwnedFd Detach(OwnedFd root)
    {
        try
        {
            if (DetachedMount.Clone(root) is not { } copy)
                return root;
            root.Dispose();
            return copy;
        }
        catch (LinuxException e) when (e.Errno == Errno.EPERM)
        {
            return root;
        }
    }

    private DaemonStatus Status() => _workers.Ask(worker =>
    {
        worker.Exports.Call(ChannelOperation.Status, 0, 0, default, default, out var data);
        var numbers = MemoryMarshal.Cast<byte, long>(data);
        return new DaemonStatus(worker.Pid, numbers[0], numbers[1], numbers[2], _exports.Count, _window?.Size ?? 0, _window?.Count ?? 0);
    });

    private static string Name(ControlRequest request) =>
        request.Export ?? throw new LinuxException(Errno.EINVAL, "control", $"{request.Operation} without the name of an export");

    private ControlResponse Refuse(int id, Errno errno, string message)
    {
        ControlLog.Refused(_logger, message);
        return new ControlResponse(id, (int)errno, message);
    }

    private void CloseFds()
    {
        foreach (var fd in _fds)
            fd.Dispose();
        _fds.Clear();
    }
}
