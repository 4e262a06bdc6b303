using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Network.Ports;

/// <summary>
/// Leads connections to loopback in the pod's namespace on the host to the guest's: containerd makes such ones for <c>kubectl port-forward</c>
/// (CRI PortForward), and the pod's servers listen in the guest. What listens on the host's side itself is called as ever.
/// </summary>
internal sealed class PortForward : IDisposable
{
    private const int MostAtOnce = 256;

    // The agent may still hold connections of one that has been here before.
    private static ulong s_lastConnection;

    private readonly TtrpcClient _agent;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _room = new(MostAtOnce, MostAtOnce);
    private readonly FdPoller _poller = new();
    private readonly List<DivertedListener> _listeners = [];

    private PortForward(TtrpcClient agent, ILogger log) => (_agent, _log) = (agent, log);

    /// <summary>Begins, if the kernel can.</summary>
    /// <param name="agent">The way to the agent.</param>
    /// <param name="netns">The pod's network namespace.</param>
    /// <param name="log">Hears when it does not work.</param>
    /// <returns>Null where the kernel cannot.</returns>
    public static PortForward? TryBegin(TtrpcClient agent, OwnedFd netns, ILogger log)
    {
        var forward = new PortForward(agent, log);
        try
        {
            forward._listeners.Add(DivertedListener.Open(netns, IPAddress.Loopback));
            forward.AddIPv6(netns);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            NetworkLog.NoPortForward(log, e.Message);
            forward.Dispose();
            return null;
        }

        foreach (var listener in forward._listeners)
            _ = forward.ListenAsync(listener);
        return forward;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        foreach (var listener in _listeners)
            listener.Dispose();
        _poller.Dispose();
    }

    // Clients come by it when they are refused at 127.0.0.1 only: a namespace without IPv6 does without.
    private void AddIPv6(OwnedFd netns)
    {
        try
        {
            _listeners.Add(DivertedListener.Open(netns, IPAddress.IPv6Loopback));
        }
        catch (SocketException)
        {
        }
    }

    private async Task ListenAsync(DivertedListener listener)
    {
        try
        {
            while (true)
            {
                await _room.WaitAsync(_stop.Token).ConfigureAwait(false);
                var (client, port) = await listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                _ = ForwardAsync(client, port);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            if (!_stop.IsCancellationRequested)
                NetworkLog.PortForwardEnded(_log, e.Message);
        }
    }

    private async Task ForwardAsync(Socket client, int port)
    {
        try
        {
            var guest = new GuestConnection(_agent, Interlocked.Increment(ref s_lastConnection));
            await new ForwardedConnection(client, guest, _poller, _log).RunAsync(port, _stop.Token).ConfigureAwait(false);
        }
        finally
        {
            _room.Release();
        }
    }
}
