using System.Collections.Generic;
using KataShimNet.Shim.Qemu.Hotplug;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>PCI Express root ports: a device can come and go behind each while the guest runs.</summary>
/// <param name="Ports">The ports.</param>
internal sealed record RootPorts(IReadOnlyList<RootPort> Ports) : IQemuArgument
{
    public void AppendTo(List<string> arguments)
    {
        foreach (var port in Ports)
        {
            // No virtio device of today needs I/O ports, and there are too few of them for many bridges.
            arguments.AddRange(
            [
                "-device",
                new QemuProperties("pcie-root-port")
                    .With("id", port.Bus)
                    .With("addr", port.Address)
                    .With("chassis", port.Slot)
                    .With("io-reserve", 0)
                    .ToString(),
            ]);
        }
    }
}
