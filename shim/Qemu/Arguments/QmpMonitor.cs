using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>The QMP monitor, in the form of QEMU 11.1, which warns about <c>-mon</c>.</summary>
internal sealed record QmpMonitor(string Chardev) : IQemuArgument
{
    public void AppendTo(List<string> arguments)
    {
        arguments.AddRange(["-object", new QemuProperties("monitor-qmp").With("id", "monitor").With("chardev", Chardev).ToString()]);
    }
}
