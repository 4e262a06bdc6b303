using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>
/// <c>-machine</c>: a q35 without what no guest of ours looks at: each device that is not there is one less for the kernel to probe.
/// </summary>
internal sealed record Machine(string MemoryBackend) : IQemuArgument
{
    public void AppendTo(List<string> arguments)
    {
        arguments.Add("-machine");
        arguments.Add(new QemuProperties("q35")
            .With("memory-backend", MemoryBackend)
            .With("dump-guest-core", false)
            .With("graphics", false)
            .With("i8042", false)
            .With("sata", false)
            .With("smbus", false)
            .With("usb", false)
            .With("vmport", false)
            .ToString());
    }
}
