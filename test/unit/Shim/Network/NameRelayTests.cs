using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using KataShimNet.Agent.Names;
using KataShimNet.AgentProto.Guest;
using KataShimNet.Linux;
using KataShimNet.Linux.Netlink;
using KataShimNet.Shim.Network.Names;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Network;

/// <summary>The way of a name query, both ends of it, in a network namespace: the agent's listener stands for Docker's server, too.</summary>
public sealed class NameRelayTests : IDisposable
{
    private static readonly IPAddress s_address = IPAddress.Parse("127.0.0.11");
    private readonly OwnedFd _netns = NetworkNamespace.Create();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));

    public NameRelayTests()
    {
        using var net = RouteNetlink.Open(_netns);
        net.Links.SetUp(net.Links.Find("lo")!.Index);
    }

    public void Dispose()
    {
        _limit.Dispose();
        _netns.Dispose();
    }

    [Theory]
    [InlineData(false, 200)]
    [InlineData(true, 200)]
    [InlineData(true, 65535)]
    public async Task AQueryAndItsAnswerPass(bool stream, int length)
    {
        using var queries = new NameQueries();
        using var listener = NetworkNamespace.Run(_netns, () => new NameListener(s_address, queries));
        var server = new NameServer(_netns, s_address);
        byte[] message = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        var asked = server.AskAsync(message, stream, _limit.Token);
        var query = await queries.NextAsync(_limit.Token);
        Assert.Equal((stream, ByteString.CopyFrom(message)), (query.Stream, query.Message));
        queries.Answer(new NameAnswer { Id = query.Id + 1, Message = ByteString.CopyFromUtf8("somebody else's") });
        queries.Answer(new NameAnswer { Id = query.Id, Message = ByteString.CopyFrom([.. message.Reverse()]) });
        Assert.Equal(message.Reverse(), (await asked).ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WithoutAServerTheFailureIsKnownAtOnce(bool stream)
    {
        var error = await Assert.ThrowsAsync<SocketException>(() => new NameServer(_netns, s_address).AskAsync(new byte[12], stream, _limit.Token));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public void AFailureIsAnAnswerToTheSameQuestion()
    {
        // Id 0x1234, recursion desired, one question; RFC 1035, 4.1.1.
        byte[] query = [0x12, 0x34, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 0, 1, (byte)'a', 0, 0, 1, 0, 1];
        Assert.Equal([0x12, 0x34, 0x81, 0x22, .. query[4..]], NameServer.Failure(query).ToArray());
        Assert.True(NameServer.Failure(query.AsSpan(0, 11)).IsEmpty);
    }

    [Theory]
    [InlineData("search lan\nnameserver 127.0.0.11\noptions ndots:0\n", true)]
    [InlineData("nameserver\t127.0.0.11", true)]
    [InlineData("nameserver 10.0.0.1\n# nameserver 127.0.0.11\n", false)]
    [InlineData("nameserver 127.0.0.110\n", false)]
    public void DockersServerIsKnownByItsAddress(string text, bool named)
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, text);
        Assert.Equal(named, NameRelay.IsNamedIn(path));
        File.Delete(path);
        Assert.False(NameRelay.IsNamedIn(path));
    }
}
