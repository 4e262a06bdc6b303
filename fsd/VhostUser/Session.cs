using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using KataShimNet.Fsd.Dax;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.VhostUser;

/// <summary>The back end's end of a vhost-user connection: answers the front end's messages one by one.</summary>
/// <remarks>
/// Source of every rule here: QEMU docs/interop/vhost-user.rst. A message that is malformed ends the connection. One that is refused
/// is answered with an error when the front end asked for an answer; otherwise it ends the connection too, for the front
/// end would go on as if it had been followed.
/// </remarks>
internal sealed partial class Session : IDisposable
{
    private readonly FdSocket _socket;
    private readonly IDevice _device;
    private readonly DeviceConfig? _config;
    private readonly ProtocolFeatures _offered;
    private readonly ILogger _logger;
    private readonly Message _message = new();

    private ProtocolFeatures _protocol;
    private ulong _status;

    // Null when the device has none.
    private readonly DaxWindow? _window;

    // Without a window no request is made, but the front end may offer the channel, and closing it would look like our end.
    private OwnedFd? _backendRequests;

    /// <summary>Makes a session.</summary>
    /// <param name="socket">The connection; not owned.</param>
    /// <param name="device">The device.</param>
    /// <param name="config">Its configuration space, or null when the front end has it.</param>
    /// <param name="logger">Log.</param>
    /// <param name="window">Its DAX window, or null; not owned.</param>
    public Session(FdSocket socket, IDevice device, DeviceConfig? config, ILogger logger, DaxWindow? window = null)
    {
        _socket = socket;
        _device = device;
        _config = config;
        _window = window;
        _offered = DeviceLimits.Protocol
            | (config is null ? ProtocolFeatures.None : ProtocolFeatures.Config)
            | (window is null ? ProtocolFeatures.None : ProtocolFeatures.Shmem);
        _logger = logger;
    }

    /// <summary>Receives a message and answers it.</summary>
    /// <returns>False when the front end has closed the connection.</returns>
    /// <exception cref="VhostUserException">The connection has to end.</exception>
    /// <exception cref="LinuxException">The connection broke.</exception>
    public bool ServeNext()
    {
        try
        {
            if (!_message.Receive(_socket))
                return false;
            SessionLog.Message(_logger, _message.Name, _message.Header.Size, _message.Fds.Count);
            Answer();
            return true;
        }
        finally
        {
            _message.Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _message.Clear();
        _backendRequests?.Dispose();
    }

    private void Answer()
    {
        var wantsAck = _message.NeedsReply && (_protocol & ProtocolFeatures.ReplyAck) != 0;
        try
        {
            var replied = Dispatch();
            if (wantsAck && !replied)
                _message.Reply(_socket, 0ul);
        }
        catch (LinuxException e)
        {
            Refuse(VhostUserException.Refused($"{_message.Name}: {e.Message}", e), wantsAck);
        }
        catch (VhostUserException e) when (!e.Fatal)
        {
            Refuse(e, wantsAck);
        }
    }

    private void Refuse(VhostUserException refusal, bool wantsAck)
    {
        // A worker that is gone, or a connection, is no matter of this one message.
        if (!wantsAck || refusal.InnerException is LinuxException { Errno: Errno.ECONNRESET or Errno.EPIPE })
            throw refusal;
        SessionLog.Refused(_logger, refusal.Message);
        _message.Reply(_socket, 1ul);
    }

    // Returns whether the message was answered.
    private bool Dispatch()
    {
        switch (_message.Header.Request)
        {
            case FrontEndRequest.GetFeatures: return Reply((ulong)DeviceLimits.Features);
            case FrontEndRequest.SetFeatures: return SetFeatures();
            case FrontEndRequest.SetOwner: return Nothing();
            case FrontEndRequest.ResetOwner: return ResetOwner();
            case FrontEndRequest.GetProtocolFeatures: return Reply((ulong)_offered);
            case FrontEndRequest.SetProtocolFeatures: return SetProtocolFeatures();
            case FrontEndRequest.GetQueueNum: return Reply(DeviceLimits.MaxQueues);
            case FrontEndRequest.SetBackendReqFd: return SetBackendRequests();
            case FrontEndRequest.GetInflightFd: return GetInflight();
            case FrontEndRequest.SetInflightFd: return SetInflight();
            case FrontEndRequest.GetConfig: return GetConfig();
            case FrontEndRequest.SetConfig: throw VhostUserException.Refused("SetConfig: the device has no configuration that can be written");
            case FrontEndRequest.ResetDevice: return ResetDevice();
            case FrontEndRequest.GetShmemConfig: return GetShmemConfig();
            case FrontEndRequest.GetStatus: return Reply(_status);
            case FrontEndRequest.SetStatus: return SetStatus();

            case FrontEndRequest.SetMemTable: return SetMemTable();
            case FrontEndRequest.GetMaxMemSlots: return Reply(Memory.MemoryTable.MaxRegions);
            case FrontEndRequest.AddMemReg: return AddMemReg();
            case FrontEndRequest.RemMemReg: return RemMemReg();

            case FrontEndRequest.SetVringNum: return SetVringNum();
            case FrontEndRequest.SetVringAddr: return SetVringAddr();
            case FrontEndRequest.SetVringBase: return SetVringBase();
            case FrontEndRequest.GetVringBase: return GetVringBase();
            case FrontEndRequest.SetVringKick: return SetVringKick();
            case FrontEndRequest.SetVringCall: return SetVringCall();
            case FrontEndRequest.SetVringErr: return SetVringErr();
            case FrontEndRequest.SetVringEnable: return SetVringEnable();

            default: throw VhostUserException.Refused($"{_message.Name} is not known here");
        }
    }

    private bool Reply(ulong value)
    {
        Expect(0);
        _message.Reply(_socket, value);
        return true;
    }

    private bool Nothing()
    {
        Expect(0);
        return false;
    }

    private void Expect(int size, int fds = 0)
    {
        _message.ExpectSize(size);
        _message.ExpectFds(fds);
    }

    private T Read<T>(int fds = 0)
        where T : unmanaged
    {
        _message.ExpectFds(fds);
        return _message.Read<T>();
    }

    private bool SetFeatures()
    {
        var features = (VirtioFeatures)Read<ulong>();
        if ((features & ~DeviceLimits.Features) != 0)
            throw VhostUserException.Refused($"SetFeatures: 0x{(ulong)(features & ~DeviceLimits.Features):x} was not offered");
        _device.SetFeatures(features);
        return false;
    }

    private bool SetProtocolFeatures()
    {
        var features = (ProtocolFeatures)Read<ulong>();
        if ((features & ~_offered) != 0)
            throw VhostUserException.Refused($"SetProtocolFeatures: 0x{(ulong)(features & ~_offered):x} was not offered");
        _protocol = features;
        return false;
    }

    private bool ResetOwner()
    {
        Expect(0);
        _device.StopAll();
        return false;
    }

    private bool ResetDevice()
    {
        Expect(0);
        _device.Reset();
        return false;
    }

    // Status 0 comes at each stop of the device, also when the virtual machine only pauses, so it is no reset of ours.
    private bool SetStatus()
    {
        _status = Read<ulong>();
        return false;
    }

    private bool SetBackendRequests()
    {
        Expect(0, fds: 1);
        var channel = _message.TakeFd();
        if (_window is not null)
        {
            _window.Attach(channel);
            return false;
        }

        _backendRequests?.Dispose();
        _backendRequests = channel;
        return false;
    }

    private bool GetShmemConfig()
    {
        if (_window is null)
            throw VhostUserException.Refused("GetShmemConfig: the device has no DAX window; give the daemon a --dax-window");
        Expect(0);
        Span<byte> answer = stackalloc byte[ShmemConfig.TotalSize];
        answer.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(answer, 1);
        BinaryPrimitives.WriteInt64LittleEndian(answer[ShmemConfig.FirstSize..], _window.Size);
        _message.Reply(_socket, answer);
        return true;
    }

    private bool GetConfig()
    {
        if (_config is null)
            throw VhostUserException.Refused("GetConfig: the device has no configuration space; give the daemon a --tag");
        _message.ExpectFds(0);
        var payload = _message.Payload;
        if (payload.Length < ConfigHeader.TotalSize)
            throw VhostUserException.Malformed($"GetConfig: payload of {payload.Length} bytes, at least {ConfigHeader.TotalSize} are expected");
        var header = MemoryMarshal.Read<ConfigHeader>(payload);
        if (header.Size > ConfigHeader.MaxBytes || payload.Length != ConfigHeader.TotalSize + header.Size)
            throw VhostUserException.Malformed($"GetConfig: {header.Size} bytes asked for with a payload of {payload.Length} bytes");
        Span<byte> answer = stackalloc byte[ConfigHeader.TotalSize + (int)header.Size];
        MemoryMarshal.Write(answer, header);
        _config.Read(header.Offset, answer[ConfigHeader.TotalSize..]);
        _message.Reply(_socket, answer);
        return true;
    }
}
