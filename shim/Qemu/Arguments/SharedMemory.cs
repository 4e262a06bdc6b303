using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary><c>-m</c> and its memfd: shared, because vhost-user hands it to fsd.</summary>
internal sealed record SharedMemory(string Id, int Mib) : IQemuArgument
{
    public void AppendTo(List<string> arguments)
    {
        arguments.AddRange(
        [
            "-m", $"{Mib}M",
            "-object", new QemuProperties("memory-backend-memfd").With("id", Id).With("size", $"{Mib}M").With("share", true).ToString(),
        ]);
    }
}
