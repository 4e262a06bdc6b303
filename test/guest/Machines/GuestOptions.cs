using System.Collections.Generic;
using KataShimNet.TestGuest.Boot;
using KataShimNet.TestGuest.Shares;

namespace KataShimNet.TestGuest.Machines;

/// <summary>What a test guest is made of.</summary>
public sealed record GuestOptions
{
    /// <summary>Root of the node's Debian tree (<c>deploy/node/node.sh build</c> prints it): QEMU and virtiofsd come out of it, and it is the guest's root.</summary>
    public required string Tree { get; init; }

    /// <summary>The kernel.</summary>
    public required GuestKernel Kernel { get; init; }

    /// <summary>What is under test. Mounted in this order.</summary>
    public IReadOnlyList<GuestShare> Shares { get; init; } = [];

    /// <summary>Folders of the host that lie over the tree in the guest's root, the lowest first: programs that the tree has not.</summary>
    public IReadOnlyList<string> Layers { get; init; } = [];

    /// <summary>Files for the guest's root by absolute path without links (/usr/bin, not /bin), mode 755. They take memory of the guest.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Memory in MiB.</summary>
    public int MemoryMib { get; init; } = 512;

    /// <summary>Virtual processors. Under emulation with one only, atomic instructions on shared memory lose updates.</summary>
    public int Vcpus { get; init; } = 2;

    /// <summary>Whether a reset boots the guest again; otherwise it ends the machine.</summary>
    public bool Reboots { get; init; }

    /// <summary>More words for the kernel.</summary>
    public string KernelWords { get; init; } = "";

    /// <summary>More words for QEMU.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
