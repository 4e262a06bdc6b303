using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Rpc;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Linux.Netlink;
using KataShimNet.Shim.Network.Ports;
using KataShimNet.Shim.Sandboxes.Children;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Network;

/// <summary>
/// The whole way of a forwarded connection but for the virtual machine: clients are in a network namespace of their own, the agent's part and
/// the servers in the one of the tests.
/// </summary>
public sealed class PortForwardTests : IAsyncDisposable
{
    private readonly OwnedFd _netns = NetworkNamespace.Create();
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly TtrpcClient _agent;
    private readonly Stream _guestEnd;
    private readonly PortForward? _ports;

    public PortForwardTests()
    {
        using var net = RouteNetlink.Open(_netns);
        net.Links.SetUp(net.Links.Find("lo")!.Index);
        _server.Start();
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        var table = new TtrpcServiceTable();
        new ConnectionMethods().AddTo(table);
        _guestEnd = new SocketStream(theirs);
        _ = new TtrpcServer(table, NullLogger.Instance).ServeAsync(_guestEnd, CancellationToken.None);
        _agent = new TtrpcClient(new SocketStream(ours));
        _ports = PortForward.TryBegin(_agent, _netns, NullLogger.Instance);
        Assert.SkipWhen(_ports is null, "the kernel has no nf_tables with tproxy and socket");
    }

    private int Port => ((IPEndPoint)_server.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        _ports?.Dispose();
        await _agent.DisposeAsync();
        _server.Dispose();
        _limit.Dispose();
        _netns.Dispose();
    }

    [Fact]
    public async Task BytesPassBothWaysAndEachEndByItself()
    {
        using var client = await ConnectAsync();
        using var served = await AcceptAsync();
        await client.SendAsync("question"u8.ToArray(), _limit.Token);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("question"u8.ToArray(), await ReadToEndAsync(served));
        await served.SendAsync("answer"u8.ToArray(), _limit.Token);
        await served.SendAsync(" and more"u8.ToArray(), _limit.Token);
        served.Shutdown(SocketShutdown.Send);
        Assert.Equal("answer and more"u8.ToArray(), await ReadToEndAsync(client));
    }

    [Fact]
    public async Task TheServerMayEndFirst()
    {
        using var client = await ConnectAsync();
        using var served = await AcceptAsync();
        served.Shutdown(SocketShutdown.Send);
        Assert.Empty(await ReadToEndAsync(client));
        await client.SendAsync("late"u8.ToArray(), _limit.Token);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("late"u8.ToArray(), await ReadToEndAsync(served));
    }

    [Fact]
    public async Task ManyConnectionsAreForwardedSideBySide()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => ConnectAsync()));
        var served = await Task.WhenAll(clients.Select(_ => AcceptAsync()));
        var echoes = served.Select(socket => EchoAsync(socket)).ToArray();
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            var sent = RandomNumberGenerator.GetBytes(200_000 + i);
            var got = ReadToEndAsync(client);
            await SendAsync(client, sent);
            client.Shutdown(SocketShutdown.Send);
            var back = await got;
            Assert.True(sent.AsSpan().SequenceEqual(back));
            client.Dispose();
        }));
        await Task.WhenAll(echoes);
    }

    [Fact]
    public async Task ARefusedPortIsAReset()
    {
        var port = Port;
        _server.Stop();
        var error = await Assert.ThrowsAsync<SocketException>(() => ConnectAndReadAsync(port));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }

    [Fact]
    public async Task AServerOfIPv6AloneIsReachedFromBothAddresses()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "there is no IPv6");
        using var server = new TcpListener(IPAddress.IPv6Loopback, 0);
        server.Start();
        foreach (var address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            using var client = await ConnectAsync(address, ((IPEndPoint)server.LocalEndpoint).Port);
            using var served = await server.AcceptSocketAsync(_limit.Token);
            await client.SendAsync("six"u8.ToArray(), _limit.Token);
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal("six"u8.ToArray(), await ReadToEndAsync(served));
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    public async Task WhatListensOnTheHostsSideIsLeftAlone(string address)
    {
        using var own = NetworkNamespace.Run(_netns, () => new TcpListener(IPAddress.Parse(address), Port));
        own.Start();
        using var client = await ConnectAsync();
        using var served = await own.AcceptSocketAsync(_limit.Token);
        await served.SendAsync("mine"u8.ToArray(), _limit.Token);
        served.Shutdown(SocketShutdown.Both);
        Assert.Equal("mine"u8.ToArray(), await ReadToEndAsync(client));
        Assert.False(_server.Pending());
    }

    [Fact]
    public async Task OtherLoopbackAddressesAreLeftAlone()
    {
        var error = await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(IPAddress.Parse("127.0.0.11"), Port));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public async Task AServersResetReachesTheClientAndAClientsTheServer()
    {
        using var client = await ConnectAsync();
        var served = await AcceptAsync();
        served.LingerState = new LingerOption(true, 0);
        served.Dispose();
        await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(client));

        var second = await ConnectAsync();
        using var servedSecond = await AcceptAsync();
        second.LingerState = new LingerOption(true, 0);
        second.Dispose();
        await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(servedSecond));
    }

    [Fact]
    public async Task TheGuestsDeathResetsAll()
    {
        using var client = await ConnectAsync();
        using var served = await AcceptAsync();
        await _guestEnd.DisposeAsync();
        await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(client));
        await Assert.ThrowsAsync<SocketException>(() => ConnectAndReadAsync(Port));
    }

    [Fact]
    public async Task AfterTheEndConnectionsAreRefusedAgain()
    {
        using (await ConnectAsync())
            _ports!.Dispose();
        var error = await Assert.ThrowsAsync<SocketException>(() => ConnectAsync());
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
        using var again = PortForward.TryBegin(_agent, _netns, NullLogger.Instance);
        using var client = await ConnectAsync();
        Assert.True(client.Connected);
    }

    private Task<Socket> ConnectAsync() => ConnectAsync(IPAddress.Loopback, Port);

    private async Task<Socket> ConnectAsync(IPAddress address, int port)
    {
        var socket = NetworkNamespace.Run(_netns, () => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        await socket.ConnectAsync(address, port, _limit.Token);
        return socket;
    }

    // The reset may come before the client has seen that it is connected.
    private async Task ConnectAndReadAsync(int port)
    {
        using var client = await ConnectAsync(IPAddress.Loopback, port);
        await ReadToEndAsync(client);
    }

    private async Task<Socket> AcceptAsync() => await _server.AcceptSocketAsync(_limit.Token);

    private async Task SendAsync(Socket socket, ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
            data = data[await socket.SendAsync(data, _limit.Token)..];
    }

    private async Task EchoAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        await stream.CopyToAsync(stream, _limit.Token);
        socket.Shutdown(SocketShutdown.Send);
    }

    private async Task<byte[]> ReadToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 << 10];
        int count;
        while ((count = await socket.ReceiveAsync(buffer, _limit.Token)) > 0)
            all.Write(buffer, 0, count);
        return all.ToArray();
    }
}
