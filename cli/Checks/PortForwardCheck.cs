namespace KataShimNet.Cli.Checks;

/// <summary>What kubectl port-forward needs of the host's kernel: connections to a pod's loopback device are led to the guest by nf_tables.</summary>
internal static class PortForwardCheck
{
    public static CheckLine Run(CheckContext context)
    {
        if (!context.Options.Network.PortForward)
            return CheckLine.Pass("port forward", "off (network.port_forward)");
        return context.Machine.TryDivertLoopback() is not { } error
            ? CheckLine.Pass("port forward", "nf_tables with tproxy and socket")
            : CheckLine.Warn("port forward", $"the kernel does not divert connections: {error}",
                "kubectl port-forward does not reach guests: as root, modprobe nf_tables nft_tproxy nft_socket; a kernel without them needs another configuration (NFT_TPROXY, NFT_SOCKET), or set network.port_forward to false");
    }
}
