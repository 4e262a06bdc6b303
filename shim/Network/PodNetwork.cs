using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Linux.Netlink;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Qemu;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Network;

/// <summary>
/// The pod's network: its namespace on the host, and an interface in the guest for each link there. What changes in the namespace is passed
/// on, by <see cref="SyncAsync"/>, whoever calls it: the boot, the start of a container, hooks, or the kernel's notice of a change.
/// </summary>
internal sealed class PodNetwork : IAsyncDisposable
{
    private readonly NetworkOptions _options;
    private readonly ILogger _log;
    private readonly PodNetns _netns;
    private readonly RouteNetlink _net;
    private readonly List<PodNic> _nics = []; // Touched in turn only.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private QemuProcess? _qemu;
    private NetworkAgent? _agent;
    private Routes _toldRoutes = new();
    private ARPNeighbors _toldNeighbours = new();
    private int _lastId;
    private bool _hearsNames;

    private PodNetwork(NetworkOptions options, PodNetns netns, RouteNetlink net, ILogger log)
    {
        _options = options;
        _netns = netns;
        _net = net;
        _log = log;
    }

    /// <summary>The namespace, for QEMU to run in.</summary>
    public OwnedFd Netns => _netns.Fd;

    /// <summary>Where the namespace is bound; empty for one of our own.</summary>
    public string Path => _netns.Path;

    /// <summary>The interfaces that are there from the start, for QEMU's command line.</summary>
    public IReadOnlyList<PodNic> Nics => _nics;

    /// <summary>Opens or makes the namespace, and joins each link in it that is up with what QEMU is to get.</summary>
    /// <param name="netns">The namespace; owned from here on.</param>
    /// <param name="options">How.</param>
    /// <param name="log">Events.</param>
    /// <exception cref="TtrpcException">FailedPrecondition: another machine has it. Internal: the kernel refuses.</exception>
    public static PodNetwork Prepare(PodNetns netns, NetworkOptions options, ILogger log)
    {
        var network = new PodNetwork(options, netns, RouteNetlink.Open(netns.Fd), log);
        try
        {
            network.RefuseForeign();
            if (options.Model != NetworkModel.None)
            {
                foreach (var link in PodView.Read(network._net).Links)
                    network._nics.Add(network.Attach(link.Link));
            }

            return network;
        }
        catch (Exception e)
        {
            network.Detach();
            if (e is not (LinuxException or NetlinkException))
                throw;
            throw new TtrpcException(StatusCode.Internal, $"the pod's network cannot be joined with the guest's: {e.Message}", e);
        }
    }

    /// <summary>QEMU runs, with the interfaces of <see cref="Nics"/>.</summary>
    public void Join(QemuProcess qemu) => _qemu = qemu;

    /// <summary>The agent answers: from here on the guest can be told.</summary>
    public void Meet(NetworkAgent agent) => _agent = agent;

    /// <summary>Makes the guest's network what the pod's is at this moment.</summary>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">Something did not work; what is done already stays.</exception>
    public async Task SyncAsync(CancellationToken cancel)
    {
        if (_options.Model == NetworkModel.None)
            return;
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var view = PodView.Read(_net);
            await UnplugGoneAsync(view, cancel).ConfigureAwait(false);
            await PlugNewAsync(view, cancel).ConfigureAwait(false);
            await TellAsync(view, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is LinuxException or NetlinkException or QmpException)
        {
            throw new TtrpcException(StatusCode.Internal, $"the pod's network does not reach the guest: {e.Message}", e);
        }
        catch (Polly.Timeout.TimeoutRejectedException e)
        {
            throw new TtrpcException(StatusCode.DeadlineExceeded, $"the agent did not set up the network within {e.Timeout.TotalSeconds:0.#} s", e);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// From here on a name server that runs in the namespace hears the answers of those that it asks itself: without this all that comes in
    /// goes to the guest. Where it cannot be done, names of other containers are resolved all the same.
    /// </summary>
    /// <param name="cancel">Gives up.</param>
    public async Task HearNamesAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            _hearsNames = true;
            foreach (var nic in _nics)
                HearNames(nic);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Follows changes in the namespace until it is told to stop.</summary>
    /// <param name="stop">Stops.</param>
    public async Task FollowAsync(CancellationToken stop)
    {
        if (_options.Model == NetworkModel.None)
            return;
        using var poller = new FdPoller();
        try
        {
            using var monitor = NetlinkMonitor.Open(_netns.Fd);
            while (true)
            {
                await poller.WaitAsync(monitor.Socket, Poll.POLLIN, stop).ConfigureAwait(false);
                monitor.Drain();
                try
                {
                    await SyncAsync(stop).ConfigureAwait(false);
                }
                catch (TtrpcException e) when (!stop.IsCancellationRequested)
                {
                    NetworkLog.SyncFailed(_log, e.Message);
                }
            }
        }
        catch (LinuxException e)
        {
            NetworkLog.SyncFailed(_log, e.Message);
        }
        catch (Exception e) when (stop.IsCancellationRequested && e is OperationCanceledException or TtrpcException)
        {
        }
    }

    /// <summary>Takes apart what was made in the namespace; QEMU has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        Detach();
    }

    private void Detach()
    {
        foreach (var nic in _nics)
        {
            nic.Attachment.Dispose();
            nic.Attachment.Detach(_net);
        }

        _nics.Clear();
        _net.Dispose();
        _netns.Dispose();
    }

    private void RefuseForeign()
    {
        if (_net.Links.List().FirstOrDefault(link => link.Name.StartsWith(LinkAttachment.NamePrefix, StringComparison.Ordinal)) is { } foreign)
            throw new TtrpcException(
                StatusCode.FailedPrecondition,
                $"another virtual machine has the network namespace ({foreign.Name} is in it): two cannot share the addresses of one pod");
    }

    private PodNic Attach(Link link) =>
        new(string.Create(CultureInfo.InvariantCulture, $"nic{_lastId++}"), LinkAttachment.Create(_options, _netns.Fd, _net, link));

    private async Task UnplugGoneAsync(PodView view, CancellationToken cancel)
    {
        foreach (var nic in _nics.Where(n => !view.Links.Any(link => n.StandsFor(link.Link))).ToArray())
        {
            await nic.UnplugAsync(_qemu!, cancel).ConfigureAwait(false);
            nic.Attachment.Detach(_net);
            _nics.Remove(nic);
            NetworkLog.Detached(_log, nic.Attachment.Link.Name, nic.Attachment.Link.Mac.ToString());
        }
    }

    private async Task PlugNewAsync(PodView view, CancellationToken cancel)
    {
        foreach (var link in view.Links.Where(link => !_nics.Any(nic => nic.StandsFor(link.Link))))
        {
            var nic = Attach(link.Link);
            try
            {
                await nic.PlugAsync(_qemu!, cancel).ConfigureAwait(false);
                _nics.Add(nic);
                if (_hearsNames)
                    HearNames(nic);
            }
            catch
            {
                nic.Attachment.Dispose();
                nic.Attachment.Detach(_net);
                throw;
            }
        }
    }

    private void HearNames(PodNic nic)
    {
        try
        {
            nic.Attachment.HearNames(_net);
        }
        catch (NetlinkException e)
        {
            NetworkLog.NamesUnheard(_log, nic.Attachment.Link.Name, e.Message);
        }
    }

    private async Task TellAsync(PodView view, CancellationToken cancel)
    {
        var names = new Dictionary<int, string>();
        foreach (var nic in _nics)
        {
            var link = view.Links.First(l => nic.StandsFor(l.Link));
            names[link.Link.Index] = link.Link.Name;
            // A macvtap has taken the link's hardware address, and the link another.
            var wanted = GuestMessages.ToInterface(link with { Link = link.Link with { Mac = nic.Attachment.Link.Mac } }, nic.GuestPciPath);
            if (wanted.Equals(nic.Told))
                continue;
            if (nic.Told is { } told && told.Mtu != wanted.Mtu)
                nic.Attachment.SetMtu(_net, link.Link.Mtu);
            await _agent!.UpdateInterfaceAsync(wanted, cancel).ConfigureAwait(false);
            if (nic.Told is null)
                NetworkLog.Attached(
                    _log, wanted.Name, wanted.HwAddr, _options.Model.ToString(), _options.Queues, nic.Attachment.Vhosts.Count > 0, nic.GuestPciPath);
            nic.Told = wanted;
            // The kernel drops routes together with the addresses that they need.
            _toldRoutes = new Routes();
        }

        var routes = GuestMessages.ToRoutes(view.Routes, names, _log);
        if (!routes.Equals(_toldRoutes))
            await _agent!.UpdateRoutesAsync(routes, cancel).ConfigureAwait(false);
        _toldRoutes = routes;
        var neighbours = GuestMessages.ToNeighbours(view.Neighbours, names);
        if (!neighbours.Equals(_toldNeighbours) && neighbours.ARPNeighbors_.Count > 0)
            await _agent!.AddNeighboursAsync(neighbours, cancel).ConfigureAwait(false);
        _toldNeighbours = neighbours;
    }
}
