using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>Tells QEMU which memory the guest has free, so that the host gets it back (free page reporting). Nothing is ever taken from the guest.</summary>
internal sealed record Balloon : IQemuArgument
{
    public void AppendTo(List<string> arguments) => arguments.AddRange(
        ["-device", new QemuProperties("virtio-balloon-pci").With("free-page-reporting", true).InSharedSlot(SharedSlot.Balloon).ToString()]);
}
