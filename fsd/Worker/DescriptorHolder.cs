using KataShimNet.Fsd.Confinement;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Worker;

/// <summary>
/// A process that shares the worker's descriptor table and does nothing: when the worker is killed, every file that the guest has open,
/// and every lock that hangs on it, lives on. The keeper, whose child it is too, takes the descriptors from it and then ends it. It has
/// no capabilities.
/// </summary>
internal static class DescriptorHolder
{
    private const nint CLONE_FILES = 0x400;
    private const nint CLONE_PARENT = 0x8000;

    /// <summary>Starts it. To be called before anything is mapped or opened that it need not have.</summary>
    /// <param name="keeperPid">Process id of the keeper as we see it.</param>
    /// <returns>Its pidfd.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static OwnedFd Start(int keeperPid) =>
        IdleChild.StartSharing("fsd-holder\0"u8, CLONE_FILES | CLONE_PARENT, keeperPid)
        ?? throw new LinuxException(Errno.EPERM, "clone", "CLONE_PARENT: the worker may not be the first process of its pid namespace");
}
