using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Network;

/// <summary>Events of a pod's network.</summary>
internal static partial class NetworkLog
{
    [LoggerMessage(1, LogLevel.Warning, "the host's network was asked for, which a virtual machine cannot have: there is loopback only")]
    public static partial void HostNetwork(ILogger log);

    [LoggerMessage(2, LogLevel.Information, "an interface of the pod is in the guest")]
    public static partial void Attached(ILogger log, string link, string mac, string model, int queues, bool vhost, string pci);

    [LoggerMessage(3, LogLevel.Information, "an interface of the pod has left the guest")]
    public static partial void Detached(ILogger log, string link, string mac);

    [LoggerMessage(4, LogLevel.Warning, "what has changed in the pod's network does not reach the guest")]
    public static partial void SyncFailed(ILogger log, string reason);

    [LoggerMessage(5, LogLevel.Warning, "a route of the pod is left out")]
    public static partial void RouteLeftOut(ILogger log, string route, string reason);

    [LoggerMessage(6, LogLevel.Warning, "Docker's name server does not hear those that it asks itself: names of other containers are resolved, names of the world may not be")]
    public static partial void NamesUnheard(ILogger log, string link, string reason);

    [LoggerMessage(7, LogLevel.Warning, "ports of the pod cannot be forwarded: the kernel does not divert connections (nf_tables with tproxy and socket)")]
    public static partial void NoPortForward(ILogger log, string reason);

    [LoggerMessage(8, LogLevel.Warning, "ports of the pod are forwarded no longer")]
    public static partial void PortForwardEnded(ILogger log, string reason);

    [LoggerMessage(9, LogLevel.Debug, "a forwarded connection broke")]
    public static partial void ForwardBroke(ILogger log, int port, string reason);
}
