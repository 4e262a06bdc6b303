using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>QEMU's own seccomp filter, as strict as it can be: no old calls, no other user, no other program, no change of priorities.</summary>
internal sealed record Confinement : IQemuArgument
{
    public void AppendTo(List<string> arguments) =>
        arguments.AddRange(["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"]);
}
