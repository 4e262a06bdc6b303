using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>The virtio-serial controller that console and agent's port sit on.</summary>
internal sealed record SerialBus(string Id) : IQemuArgument
{
    public void AppendTo(List<string> arguments) =>
        arguments.AddRange(["-device", new QemuProperties("virtio-serial-pci").With("id", Id).With("max_ports", 4).InSharedSlot(SharedSlot.Serial).ToString()]);
}

/// <summary>The guest's /dev/hvc0. It has to be number 0 of its bus, so it comes before every port.</summary>
internal sealed record ConsolePort(string Bus, string Chardev) : IQemuArgument
{
    public void AppendTo(List<string> arguments) =>
        arguments.AddRange(["-device", new QemuProperties("virtconsole").With("bus", $"{Bus}.0").With("chardev", Chardev).ToString()]);
}

/// <summary>A named port; QMP reports under its id when the guest opens it.</summary>
internal sealed record SerialPort(string Bus, string Chardev, string Id, string Name) : IQemuArgument
{
    public void AppendTo(List<string> arguments) =>
        arguments.AddRange(
            ["-device", new QemuProperties("virtserialport").With("bus", $"{Bus}.0").With("chardev", Chardev).With("id", Id).With("name", Name).ToString()]);
}
