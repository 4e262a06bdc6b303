using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu;

/// <summary>One switch of QEMU's command line, or one device with the objects that it needs.</summary>
internal interface IQemuArgument
{
    /// <summary>Appends the switch's words.</summary>
    void AppendTo(List<string> arguments);
}
