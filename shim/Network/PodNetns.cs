using System;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Netlink;
using KataShimNet.Shim.Sandboxes;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Network;

/// <summary>
/// The pod's network namespace on the host, in which QEMU runs. One that the shim makes is mounted nowhere: it lives as long as QEMU, this
/// object, or whoever bound <c>/proc/PID/ns/net</c> somewhere, as Docker does.
/// </summary>
internal sealed class PodNetns : IDisposable
{
    private PodNetns(OwnedFd fd, string path)
    {
        Fd = fd;
        Path = path;
    }

    /// <summary>The namespace.</summary>
    public OwnedFd Fd { get; }

    /// <summary>Where it is bound when it was there before; empty for one of our own, which ends with the sandbox.</summary>
    public string Path { get; }

    /// <summary>Opens the namespace that was asked for, or makes one.</summary>
    /// <param name="request">Which.</param>
    /// <param name="log">Hears of a host network, which no virtual machine can have.</param>
    /// <exception cref="TtrpcException">FailedPrecondition: there is none at the path. Internal: none can be made.</exception>
    public static PodNetns Open(NetnsRequest request, ILogger log)
    {
        if (request.Kind == NetnsKind.Path)
            return OpenPath(request.Path);
        if (request.Kind == NetnsKind.Host)
            NetworkLog.HostNetwork(log);
        try
        {
            var made = new PodNetns(NetworkNamespace.Create(), "");
            using var net = RouteNetlink.Open(made.Fd);
            net.Links.SetUp(net.Links.Find("lo")!.Index);
            return made;
        }
        catch (Exception e) when (e is LinuxException or NetlinkException)
        {
            throw new TtrpcException(StatusCode.Internal, $"no network namespace can be made: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Fd.Dispose();

    private static PodNetns OpenPath(string path)
    {
        OwnedFd? fd = null;
        try
        {
            fd = NetworkNamespace.Open(path);
            return NetworkNamespace.Run(fd, () => new PodNetns(fd, path));
        }
        catch (LinuxException e)
        {
            fd?.Dispose();
            throw new TtrpcException(StatusCode.FailedPrecondition, $"network namespace {path} of the specification: {e.Message}", e);
        }
    }
}
