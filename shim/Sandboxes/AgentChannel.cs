using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Sandboxes.Children;
using KataShimNet.Shim.Tracing;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>The way to the agent: vsock where the host has it, otherwise a virtio-serial port over an inherited socket.</summary>
internal sealed class AgentChannel : IDisposable
{
    private OwnedFd? _ours;

    private AgentChannel(VsockDevice? vsock, OwnedFd? ours, OwnedFd? theirs)
    {
        Vsock = vsock;
        _ours = ours;
        Theirs = theirs;
    }

    /// <summary>The vsock device for QEMU; null with a serial port.</summary>
    public VsockDevice? Vsock { get; }

    /// <summary>QEMU's end of the serial port; null with vsock.</summary>
    public OwnedFd? Theirs { get; }

    /// <summary>Prepares the channel; QEMU does not run yet.</summary>
    /// <exception cref="LinuxException">There is vsock, but no address could be had.</exception>
    public static AgentChannel Prepare()
    {
        if (VsockDevice.TryOpen() is { } vsock)
            return new AgentChannel(vsock, null, null);
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        return new AgentChannel(null, ours, theirs);
    }

    /// <summary>Connects. A serial port is there at once: what is sent waits in it until the agent opens its end.</summary>
    /// <param name="cancel">Gives up.</param>
    public async Task<TtrpcClient> ConnectAsync(CancellationToken cancel)
    {
        var fd = Vsock is { } vsock
            ? await VsockDialler.ConnectAsync(vsock.GuestCid, cancel).ConfigureAwait(false)
            : Interlocked.Exchange(ref _ours, null) ?? throw new InvalidOperationException("the channel has been used");
        return new TtrpcClient(new SocketStream(fd), ShimTraces.OfAgent);
    }

    /// <summary>Closes what QEMU inherits, once it has it: while we hold it, the death of QEMU would not end the connection.</summary>
    public void CloseTheirs()
    {
        Theirs?.Dispose();
        Vsock?.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CloseTheirs();
        _ours?.Dispose();
    }
}
