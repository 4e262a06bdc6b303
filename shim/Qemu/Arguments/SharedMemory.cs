using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary><c>-m</c> and its memfd: shared, because vhost-user hands it to fsd.</summary>
/// <param name="Id">Id of the memory.</param>
/// <param name="Mib">Size at boot.</param>
/// <param name="MaxMib">Size at most, with what is added later.</param>
/// <param name="Hugepages">Whether it is made of the host's huge pages.</param>
/// <param name="Prealloc">Whether the host gives all of it at once.</param>
internal sealed record SharedMemory(string Id, int Mib, int MaxMib, bool Hugepages, bool Prealloc) : IQemuArgument
{
    // Times that memory can be added.
    private const int Slots = 16;

    public void AppendTo(List<string> arguments)
    {
        var memory = new QemuProperties($"{Mib}M");
        if (MaxMib > Mib)
            memory = memory.With("slots", Slots).With("maxmem", $"{MaxMib}M");
        var backend = new QemuProperties("memory-backend-memfd").With("id", Id).With("size", $"{Mib}M").With("share", true);
        if (Hugepages)
            backend = backend.With("hugetlb", true);
        if (Prealloc)
            backend = backend.With("prealloc", true);
        arguments.AddRange(["-m", memory.ToString(), "-object", backend.ToString()]);
    }
}
