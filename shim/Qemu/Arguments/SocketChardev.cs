using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary><c>-chardev socket</c> on a connected socket that QEMU inherits: no path, so nothing to clean up and nobody else can connect.</summary>
/// <param name="Id">Name for the device that uses it.</param>
/// <param name="Fd">Number in QEMU.</param>
internal sealed record SocketChardev(string Id, int Fd) : IQemuArgument
{
    public void AppendTo(List<string> arguments)
    {
        arguments.AddRange(["-chardev", new QemuProperties("socket").With("id", Id).With("fd", Fd).ToString()]);
    }
}
