using System;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging.Abstractions;

namespace KataShimNet.UnitTests.Ttrpc;

/// <summary>A client and its server, joined by a socket pair.</summary>
internal sealed class TtrpcPair : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public TtrpcPair(Action<TtrpcServiceTable> fill, ITtrpcObserver? ofServer = null, ITtrpcObserver? ofClient = null)
    {
        var table = new TtrpcServiceTable();
        fill(table);
        var (ours, theirs) = Sockets();
        _serving = new TtrpcServer(table, NullLogger.Instance, ofServer).ServeAsync(new NetworkStream(theirs, ownsSocket: true), _stop.Token);
        Client = new TtrpcClient(new NetworkStream(ours, ownsSocket: true), ofClient);
    }

    public TtrpcClient Client { get; }

    public static (Socket Ours, Socket Theirs) Sockets()
    {
        var (left, right) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        return (new Socket(new SafeSocketHandle(left.Release(), ownsHandle: true)), new Socket(new SafeSocketHandle(right.Release(), ownsHandle: true)));
    }

    public async Task StopServerAsync()
    {
        await _stop.CancelAsync();
        await _serving.WaitAsync(s_limit);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await StopServerAsync();
        _stop.Dispose();
    }
}
