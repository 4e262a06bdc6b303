using System;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.Locks;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.State;

/// <summary>The files of the tables that outlive a worker: made once by the keeper, handed to every worker.</summary>
/// <param name="Inodes">What the guest knows: <see cref="InodeSlot"/>.</param>
/// <param name="Mounts">The file systems that those inodes are on: <see cref="MountSlot"/>.</param>
/// <param name="Handles">What the guest has open: <see cref="HandleSlot"/>.</param>
/// <param name="Locks">Who has locks: <see cref="LockOwner"/>.</param>
/// <param name="Ranges">What they have locked: <see cref="LockRange"/>.</param>
/// <param name="Session">What INIT settled: <see cref="SessionSlot"/>.</param>
internal sealed record TableFiles(
    OwnedFd Inodes, OwnedFd Mounts, OwnedFd Handles, OwnedFd Locks, OwnedFd Ranges, OwnedFd Session) : IDisposable
{
    /// <summary>Makes the files of empty tables.</summary>
    /// <exception cref="LinuxException">memfd_create(2) failed.</exception>
    public static TableFiles Create() => new(
        InodeTable.CreateFile(),
        MountTable.CreateFile(),
        HandleTable.CreateFile(),
        LockOwners.CreateFile(),
        LockRanges.CreateFile(),
        NegotiatedSession.CreateFile());

    /// <summary>The same files again, with descriptors of their own.</summary>
    public TableFiles Duplicate() => new(
        Inodes.Duplicate(), Mounts.Duplicate(), Handles.Duplicate(), Locks.Duplicate(), Ranges.Duplicate(), Session.Duplicate());

    /// <inheritdoc/>
    public void Dispose()
    {
        Inodes.Dispose();
        Mounts.Dispose();
        Handles.Dispose();
        Locks.Dispose();
        Ranges.Dispose();
        Session.Dispose();
    }
}
