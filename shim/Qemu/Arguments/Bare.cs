using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>A name for people, and nothing that was not asked for: no default devices, no configuration file, no display.</summary>
internal sealed record Bare(string Name) : IQemuArgument
{
    public void AppendTo(List<string> arguments) =>
        arguments.AddRange(["-name", new QemuProperties(Name).ToString(), "-nodefaults", "-no-user-config", "-nographic"]);
}

/// <summary>What the settings append as it is.</summary>
internal sealed record Extra(IReadOnlyList<string> Words) : IQemuArgument
{
    public void AppendTo(List<string> arguments) => arguments.AddRange(Words);
}
