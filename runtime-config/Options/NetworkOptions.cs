namespace KataShimNet.RuntimeConfig.Options;

/// <summary>How the pod's interfaces reach the guest.</summary>
public sealed record NetworkOptions
{
    /// <summary>Key <c>model</c>: how an interface of the pod is joined with the guest's.</summary>
    public NetworkModel Model { get; init; } = NetworkModel.TcFilter;

    /// <summary>Key <c>queues</c>: 1 to 16 pairs of queues per interface.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>Key <c>vhost</c>: whether the host's kernel moves packets for QEMU (/dev/vhost-net).</summary>
    public VhostUse Vhost { get; init; } = VhostUse.Auto;

    /// <summary>Key <c>port_forward</c>: whether connections to loopback in the pod's namespace on the host reach the guest's servers.</summary>
    public bool PortForward { get; init; } = true;
}

/// <summary>Ways to join an interface of the pod with the guest's.</summary>
public enum NetworkModel
{
    /// <summary>A tap, and traffic control that hands every packet from one to the other.</summary>
    TcFilter,
    /// <summary>A macvtap on the interface.</summary>
    Macvtap,
    /// <summary>Not at all: the guest has loopback only.</summary>
    None,
}

/// <summary>Whether to use vhost-net.</summary>
public enum VhostUse
{
    /// <summary>Where /dev/vhost-net opens.</summary>
    Auto,
    /// <summary>QEMU moves packets itself.</summary>
    Never,
}
