using System.Collections.Generic;
using System.Globalization;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>The host's random numbers for the guest: those of its kernel (getrandom), or of a device that QEMU inherits.</summary>
/// <param name="SourceFd">Number in QEMU of the device; null for the kernel's.</param>
internal sealed record Entropy(int? SourceFd) : IQemuArgument
{
    // Beside that of Accelerating.
    private const int Set = 2;
    private const string Id = "entropy";

    public void AppendTo(List<string> arguments)
    {
        var device = new QemuProperties("virtio-rng-pci");
        if (SourceFd is { } fd)
        {
            arguments.AddRange(["-add-fd", string.Create(CultureInfo.InvariantCulture, $"fd={fd},set={Set}")]);
            var path = string.Create(CultureInfo.InvariantCulture, $"/dev/fdset/{Set}");
            arguments.AddRange(["-object", new QemuProperties("rng-random").With("id", Id).With("filename", path).ToString()]);
            device = device.With("rng", Id);
        }

        arguments.AddRange(["-device", device.InSharedSlot(SharedSlot.Entropy).ToString()]);
    }
}
