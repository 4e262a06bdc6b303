using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>The host's random numbers for the guest.</summary>
internal sealed record Entropy : IQemuArgument
{
    public void AppendTo(List<string> arguments) => arguments.AddRange(["-device", new QemuProperties("virtio-rng-pci").InSharedSlot(SharedSlot.Entropy).ToString()]);
}
