using System;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.State;

/// <summary>The files of the tables that outlive a worker: made once by the keeper, handed to every worker.</summary>
/// <param name="Inodes">What the guest knows: <see cref="InodeSlot"/>.</param>
/// <param name="Mounts">The file systems that those inodes are on: <see cref="MountSlot"/>.</param>
/// <param name="Handles">What the guest has open: <see cref="HandleSlot"/>.</param>
internal sealed record TableFiles(OwnedFd Inodes, OwnedFd Mounts, OwnedFd Handles) : IDisposable
{
    /// <summary>Makes the files of empty tables.</summary>
    /// <exception cref="LinuxException">memfd_create(2) failed.</exception>
    public static TableFiles Create() => new(InodeTable.CreateFile(), MountTable.CreateFile(), HandleTable.CreateFile());

    /// <summary>The same files again, with descriptors of their own.</summary>
    public TableFiles Duplicate() => new(Inodes.Duplicate(), Mounts.Duplicate(), Handles.Duplicate());

    /// <inheritdoc/>
    public void Dispose()
    {
        Inodes.Dispose();
        Mounts.Dispose();
        Handles.Dispose();
    }
}
