using System.Net;

namespace KataShimNet.Linux.Netlink;

/// <summary>An IP address of a link.</summary>
/// <param name="Link">Index of the link.</param>
/// <param name="Address">Our address.</param>
/// <param name="PrefixLength">Bits of the network.</param>
/// <param name="Peer">The other end's address on a point-to-point link; null where there is none.</param>
/// <param name="Broadcast">Broadcast address, or null.</param>
/// <param name="Scope">RT_SCOPE_ number.</param>
/// <param name="Flags">IFA_F_ bits.</param>
public sealed record LinkAddress(
    int Link, IPAddress Address, int PrefixLength, IPAddress? Peer = null, IPAddress? Broadcast = null, byte Scope = 0, uint Flags = 0)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Address}/{PrefixLength}";
}
