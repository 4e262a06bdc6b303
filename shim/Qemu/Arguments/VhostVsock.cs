using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>The vsock device, on a /dev/vhost-vsock that was opened and given its address by us.</summary>
/// <param name="Fd">Number in QEMU.</param>
/// <param name="GuestCid">The guest's address, 3 or more.</param>
internal sealed record VhostVsock(int Fd, uint GuestCid) : IQemuArgument
{
    public void AppendTo(List<string> arguments) =>
        arguments.AddRange(
            ["-device", new QemuProperties("vhost-vsock-pci").With("vhostfd", Fd).With("guest-cid", GuestCid).InSharedSlot(SharedSlot.Vsock).ToString()]);
}
