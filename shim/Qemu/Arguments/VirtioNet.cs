using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>A network interface of the guest on descriptors that QEMU inherits.</summary>
/// <param name="Id">Id of the device; its back end is <c>ID-net</c>.</param>
/// <param name="Mac">Hardware address.</param>
/// <param name="Bus">The root port that it is behind.</param>
/// <param name="Queues">Numbers in QEMU of the tap's queues.</param>
/// <param name="Vhosts">Numbers in QEMU of /dev/vhost-net, one per queue; or none.</param>
internal sealed record VirtioNet(string Id, string Mac, string Bus, IReadOnlyList<int> Queues, IReadOnlyList<int> Vhosts) : IQemuArgument
{
    /// <summary>Id of the back end of a device.</summary>
    public static string BackEnd(string id) => $"{id}-net";

    public void AppendTo(List<string> arguments)
    {
        var back = new QemuProperties("tap").With("id", BackEnd(Id)).With("fds", string.Join(':', Queues));
        if (Vhosts.Count > 0)
            back = back.With("vhost", true).With("vhostfds", string.Join(':', Vhosts));
        // No ROM: nothing boots from the network.
        var device = new QemuProperties("virtio-net-pci")
            .With("id", Id).With("netdev", BackEnd(Id)).With("mac", Mac).With("bus", Bus).With("romfile", "");
        if (Queues.Count > 1)
            device = device.With("mq", true).With("vectors", (2 * Queues.Count) + 2);
        arguments.AddRange(["-netdev", back.ToString(), "-device", device.ToString()]);
    }
}
