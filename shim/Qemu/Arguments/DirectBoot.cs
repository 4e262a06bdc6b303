using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary><c>-kernel</c>, <c>-append</c> and, if there is one, <c>-initrd</c>. A reset of the guest ends QEMU.</summary>
internal sealed record DirectBoot(string Kernel, string CommandLine, string? Initrd) : IQemuArgument
{
    public void AppendTo(List<string> arguments)
    {
        arguments.AddRange(["-no-reboot", "-kernel", Kernel, "-append", CommandLine]);
        if (Initrd is not null)
            arguments.AddRange(["-initrd", Initrd]);
    }
}
