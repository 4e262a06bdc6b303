using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Qemu.Hotplug;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Qemu;

public sealed class HotplugBusTests : IAsyncDisposable
{
    private readonly FdSocket _peer;
    private readonly QmpClient _client;
    private readonly RootPortTable _ports = new(1);
    private readonly HotplugBus _bus;

    public HotplugBusTests()
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        _peer = new FdSocket(theirs);
        _client = new QmpClient(ours, (name, data) => _bus!.OnEvent(name, data));
        _bus = new HotplugBus(_client, _ports);
    }

    public ValueTask DisposeAsync()
    {
        _peer.Dispose();
        return _client.DisposeAsync();
    }

    [Fact]
    public async Task ADeviceTakesAPortAndItsRemovalWaitsForTheGuest()
    {
        var adding = _bus.AddAsync("virtio-blk-pci", json => json.WriteString("drive", "d0"), CancellationToken.None);
        Assert.Equal(
            """{"execute":"device_add","arguments":{"driver":"virtio-blk-pci","id":"plugged1","bus":"port2","drive":"d0"},"id":1}""", Hear());
        Say("""{"return": {}, "id": 1}""");
        var device = await adding;
        Assert.Equal("02/00", device.GuestPciPath);
        var full = await Assert.ThrowsAsync<QmpException>(() => _bus.AddAsync("virtio-blk-pci", _ => { }, CancellationToken.None));
        Assert.Contains("hypervisor.hotplug_ports", full.Message, StringComparison.Ordinal);

        var removing = device.RemoveAsync(CancellationToken.None);
        Assert.Equal("""{"execute":"device_del","arguments":{"id":"plugged1"},"id":2}""", Hear());
        Say("""{"return": {}, "id": 2}""");
        Say("""{"event": "DEVICE_DELETED", "data": {"path": "/machine/peripheral/plugged1/virtio-backend"}}""");
        Say("""{"event": "DEVICE_DELETED", "data": {"device": "another", "path": "/machine/peripheral/another"}}""");
        Assert.False(removing.IsCompleted);
        Say("""{"event": "DEVICE_DELETED", "data": {"device": "plugged1", "path": "/machine/peripheral/plugged1"}}""");
        await removing;
        Assert.Equal(2, _ports.Take().Slot);
    }

    [Fact]
    public async Task ARefusalKeepsQemusWordsAndFreesThePort()
    {
        var adding = _bus.AddAsync("nonsense", _ => { }, CancellationToken.None);
        _ = Hear();
        Say("""{"error": {"class": "GenericError", "desc": "'nonsense' is not a valid device model name"}, "id": 1}""");
        Assert.Contains("not a valid device model", (await Assert.ThrowsAsync<QmpException>(() => adding)).Message, StringComparison.Ordinal);
        Assert.Equal(2, _ports.Take().Slot);
    }

    [Fact]
    public async Task AGuestThatRefusesToLetGoIsAnError()
    {
        var adding = _bus.AddAsync("virtio-net-pci", _ => { }, CancellationToken.None);
        _ = Hear();
        Say("""{"return": {}, "id": 1}""");
        var removing = (await adding).RemoveAsync(CancellationToken.None);
        _ = Hear();
        Say("""{"return": {}, "id": 2}""");
        Say("""{"event": "DEVICE_UNPLUG_GUEST_ERROR", "data": {"device": "plugged1", "path": "/machine/peripheral/plugged1"}}""");
        Assert.Contains("refuses", (await Assert.ThrowsAsync<QmpException>(() => removing)).Message, StringComparison.Ordinal);
        Assert.Throws<QmpException>(_ports.Take);
    }

    private void Say(string line) => _peer.Send(Encoding.UTF8.GetBytes(line + "\r\n"));

    private string Hear()
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, _peer.Receive(buffer, new List<OwnedFd>())).TrimEnd('\n');
    }
}
