using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>The QMP monitor, in the form that all QEMUs take: 11.1 warns about <c>-mon</c>, and older ones know no object <c>monitor-qmp</c>.</summary>
internal sealed record QmpMonitor(string Chardev) : IQemuArgument
{
    public void AppendTo(List<string> arguments)
    {
        arguments.AddRange(["-qmp", $"chardev:{Chardev}"]);
    }
}
