using System.Collections.Generic;
using System.Globalization;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary><c>-accel</c>. The user that QEMU runs as may have no right to open /dev/kvm, so it inherits it.</summary>
/// <param name="KvmFd">Number in QEMU of the opened /dev/kvm; null for emulation.</param>
internal sealed record Accelerating(int? KvmFd) : IQemuArgument
{
    private const int Set = 1;

    public void AppendTo(List<string> arguments)
    {
        if (KvmFd is not { } fd)
        {
            arguments.AddRange(["-accel", "tcg"]);
            return;
        }

        arguments.AddRange(["-add-fd", string.Create(CultureInfo.InvariantCulture, $"fd={fd},set={Set}")]);
        arguments.AddRange(["-accel", new QemuProperties("kvm").With("device", string.Create(CultureInfo.InvariantCulture, $"/dev/fdset/{Set}")).ToString()]);
    }
}
