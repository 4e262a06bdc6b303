using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>
/// The device by which a guest's kernel says that it panics. QEMU only reports it: the kernel still writes to its console, and resets the
/// machine itself.
/// </summary>
internal sealed record PanicDevice : IQemuArgument
{
    public void AppendTo(List<string> arguments) => arguments.AddRange(["-device", "pvpanic", "-action", "panic=none"]);
}
