using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text.Json;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Keeper;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Control;

/// <summary>fsd's end of the control socket: answers the shim's requests one by one.</summary>
internal sealed class ControlServer : IDisposable
{
    private readonly FdSocket _socket;
    private readonly WorkerProcess _worker;
    private readonly ExportTable _exports;
    private readonly ILogger _logger;
    private readonly List<OwnedFd> _fds = [];

    /// <summary>Takes ownership of a connected SOCK_SEQPACKET socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="worker">The worker; its export channel is used by this object alone.</param>
    /// <param name="logger">Log.</param>
    public ControlServer(FdSocket socket, WorkerProcess worker, ILogger logger)
    {
        _socket = socket;
        _worker = worker;
        _exports = new ExportTable(worker.Exports);
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
    public void Dispose()
    {
        _socket.Dispose();
        _exports.Dispose();
    }

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
                _worker.Exports.Call(ChannelOperation.Ping);
                return new ControlResponse(request.Id);
            case ControlOperation.AddExport:
                AddExport(request);
                return new ControlResponse(request.Id);
            case ControlOperation.RemoveExport:
                _exports.Remove(Name(request));
                ControlLog.Removed(_logger, request.Export!);
                return new ControlResponse(request.Id);
            case ControlOperation.Status:
                return new ControlResponse(request.Id, Status: Status());
            default:
                throw new LinuxException(Errno.ENOSYS, "control", request.Operation.ToString());
        }
    }

    private void AddExport(ControlRequest request)
    {
        var name = Name(request);
        var policy = request.Policy ?? throw new LinuxException(Errno.EINVAL, "control", "AddExport without a policy");
        var root = Detach(_fds[0]);
        _fds.Clear();
        _exports.Add(name, policy, root);
        ControlLog.Added(_logger, name, policy.Class, policy.ReadOnly);
    }

    // A copy with nothing above it: the worker is not to hold a way to the rest of the host. Without the rights for it there is none to
    // protect either, for the worker then has no namespace of its own.
    private OwnedFd Detach(OwnedFd root)
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

    private DaemonStatus Status()
    {
        _worker.Exports.Call(ChannelOperation.Status, 0, 0, default, default, out var data);
        var numbers = MemoryMarshal.Cast<byte, long>(data);
        return new DaemonStatus(_worker.Pid, numbers[0], numbers[1], numbers[2], _exports.Count);
    }

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
