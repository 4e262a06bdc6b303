using System;
using System.Runtime.InteropServices;
using KataShimNet.Fsd.Rings.Inflight;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.VhostUser;

/// <content>Rings.</content>
internal sealed partial class Session
{
    private bool SetVringNum()
    {
        var state = ReadState();
        _device.SetVringSize((int)state.Index, state.Number);
        return false;
    }

    private bool SetVringAddr()
    {
        var address = Read<VringAddress>();
        CheckIndex(address.Index);
        _device.SetVringAddress((int)address.Index, address);
        return false;
    }

    private bool SetVringBase()
    {
        var state = ReadState();
        _device.SetVringBase((int)state.Index, state.Number);
        return false;
    }

    private bool GetVringBase()
    {
        var state = ReadState();
        state.Number = _device.StopVring((int)state.Index);
        _message.Reply(_socket, state);
        return true;
    }

    private bool SetVringEnable()
    {
        var state = ReadState();
        if (state.Number > 1)
            throw VhostUserException.Malformed($"SetVringEnable: {state.Number} is neither 0 nor 1");
        _device.EnableVring((int)state.Index, state.Number == 1);
        return false;
    }

    private bool SetVringKick()
    {
        var (queue, fd) = ReadFd();
        if (fd is null)
            throw VhostUserException.Refused("SetVringKick: rings without a kick descriptor are not served");
        _device.SetVringKick(queue, fd);
        return false;
    }

    private bool SetVringCall()
    {
        var (queue, fd) = ReadFd();
        _device.SetVringCall(queue, fd);
        return false;
    }

    private bool SetVringErr()
    {
        var (queue, fd) = ReadFd();
        _device.SetVringError(queue, fd);
        return false;
    }

    private bool GetInflight()
    {
        _message.ExpectFds(0);
        var wanted = ReadShape();
        var shape = InflightShape.For(wanted.Queues, wanted.QueueSize);
        using var file = InflightFile.Create(wanted);
        _message.Reply(_socket, shape, [file.Fd]);
        return true;
    }

    private bool SetInflight()
    {
        _message.ExpectFds(1);
        _device.SetInflight(ReadShape(), _message.TakeFd());
        return false;
    }

    // QEMU leaves the padding at the end out.
    private InflightShape ReadShape()
    {
        var payload = _message.Payload;
        if (payload.Length is < InflightShape.LeastSize or > InflightShape.TotalSize)
            throw VhostUserException.Malformed($"{_message.Name}: payload of {payload.Length} bytes, expected {InflightShape.LeastSize} or {InflightShape.TotalSize}");
        Span<byte> whole = stackalloc byte[InflightShape.TotalSize];
        whole.Clear();
        payload.CopyTo(whole);
        return MemoryMarshal.Read<InflightShape>(whole);
    }

    private VringState ReadState()
    {
        var state = Read<VringState>();
        CheckIndex(state.Index);
        return state;
    }

    private (int Queue, OwnedFd? Fd) ReadFd()
    {
        var value = _message.Read<ulong>();
        var queue = (int)(value & VringFd.IndexMask);
        CheckIndex((uint)queue);
        if ((value & VringFd.NoFd) != 0)
        {
            _message.ExpectFds(0);
            return (queue, null);
        }

        _message.ExpectFds(1);
        if (!EventFdCheck.IsEventFd(_message.Fds[0]))
            throw VhostUserException.Refused($"{_message.Name}: the descriptor is no eventfd");
        return (queue, _message.TakeFd());
    }

    private void CheckIndex(uint index)
    {
        if (index >= DeviceLimits.MaxQueues)
            throw VhostUserException.Refused($"{_message.Name}: ring {index}, but at most {DeviceLimits.MaxQueues} are served");
    }
}
