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

public sealed class QmpClientTests
{
    private const string Greeting = """{"QMP": {"version": {}, "capabilities": []}}""";

    [Fact]
    public async Task GreetingThenCommandsThenEventsInBetween()
    {
        var events = new List<string>();
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        using var peer = new FdSocket(theirs);
        await using var client = new QmpClient(ours, (name, data) => events.Add($"{name} {data.GetProperty("open").GetBoolean()}"));
        var negotiating = client.NegotiateAsync(CancellationToken.None);
        Say(peer, Greeting);
        Assert.Equal("""{"execute":"qmp_capabilities","id":1}""", Hear(peer));
        Say(peer, """{"timestamp": {}, "event": "VSERPORT_CHANGE", "data": {"open": true}}""");
        Say(peer, """{"return": {}, "id": 1}""");
        await negotiating;
        Assert.Equal(["VSERPORT_CHANGE True"], events);

        var refused = client.ExecuteAsync("nonsense", CancellationToken.None);
        _ = Hear(peer);
        Say(peer, """{"id": 2, "error": {"class": "CommandNotFound", "desc": "no nonsense here"}}""");
        Assert.Contains("no nonsense here", (await Assert.ThrowsAsync<QmpException>(() => refused)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ArgumentsAndADescriptorGoAlongWithACommand()
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        using var peer = new FdSocket(theirs);
        await using var client = new QmpClient(ours, (_, _) => { });
        using var pipe = new EventFd();
        using var shown = new OwnedFd(pipe.Fd);
        using var handed = shown.Duplicate();
        shown.Release();
        var naming = client.NameFdAsync("tap \"0\"", handed, CancellationToken.None);
        var received = new List<OwnedFd>();
        var buffer = new byte[4096];
        Assert.Equal("""{"execute":"getfd","arguments":{"fdname":"tap \u00220\u0022"},"id":1}""" + "\n", Encoding.UTF8.GetString(buffer, 0, peer.Receive(buffer, received)));
        using var arrived = new EventFd(Assert.Single(received));
        pipe.Signal();
        Assert.Equal(1UL, arrived.Wait());
        Say(peer, """{"return": {}, "id": 1}""");
        await naming;

        var adding = client.AddFdAsync(handed, CancellationToken.None);
        Assert.Equal("""{"execute":"add-fd","id":2}""", Hear(peer));
        Say(peer, """{"return": {"fdset-id": 3, "fd": 21}, "id": 2}""");
        Assert.Equal("/dev/fdset/3", (await adding).Path);
    }

    [Fact]
    public async Task AMonitorThatClosesEndsEveryCall()
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        await using var client = new QmpClient(ours, (_, _) => { });
        var negotiating = client.NegotiateAsync(CancellationToken.None);
        theirs.Dispose();
        await Assert.ThrowsAsync<QmpException>(() => negotiating);
        await Assert.ThrowsAsync<QmpException>(() => client.ExecuteAsync("quit", CancellationToken.None));
    }

    private static void Say(FdSocket peer, string line) => peer.Send(Encoding.UTF8.GetBytes(line + "\r\n"));

    private static string Hear(FdSocket peer)
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, peer.Receive(buffer, [])).TrimEnd('\n');
    }
}
