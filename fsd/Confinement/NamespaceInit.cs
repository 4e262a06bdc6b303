using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>
/// First process of the worker's pid namespace: it only waits to be killed, and the kernel then kills whoever else is in there.
/// The worker cannot be it: what the worker clones must be able to have the keeper as its parent, which is refused to a namespace's
/// first process, and a namespace ends with it, while workers come and go.
/// </summary>
internal static unsafe class NamespaceInit
{
    /// <summary>Starts it from the calling thread, whose other namespaces and root it gets. It dies with that thread.</summary>
    /// <returns>Its process id. It has no descriptors and no capabilities.</returns>
    /// <exception cref="LinuxException">EPERM: CAP_SYS_ADMIN is missing.</exception>
    public static int Start()
    {
        // All that the child uses is laid out before it is there.
        var capabilityHeader = CapabilityHeader.Self;
        var noCapabilities = default(CapabilityData);
        var name = stackalloc byte[16];
        "fsd-init\0"u8.CopyTo(new(name, 16));

        var pid = CloneChild.syscall(SysSyscall.SYS_clone, Sched.CLONE_NEWPID | Signals.SIGCHLD, 0, 0, 0, 0, 0);
        if (pid == 0)
        {
            _ = CloneChild.syscall(SysSyscall.SYS_prctl, SysPrctl.PR_SET_PDEATHSIG, Signals.SIGKILL, 0, 0, 0, 0);
            _ = CloneChild.syscall(SysSyscall.SYS_prctl, SysPrctl.PR_SET_NAME, (nint)name, 0, 0, 0, 0);
            _ = CloneChild.syscall(SysSyscall.SYS_close_range, 0, int.MaxValue, 0, 0, 0, 0);
            _ = CloneChild.syscall(SysSyscall.SYS_capset, (nint)(&capabilityHeader), (nint)(&noCapabilities), 0, 0, 0, 0);
            while (true)
                _ = CloneChild.pause();
        }

        // A call without a transition keeps no errno for us.
        return pid > 0
            ? (int)pid
            : throw new LinuxException(Errno.EPERM, "clone", "CLONE_NEWPID: a pid namespace needs CAP_SYS_ADMIN; --sandbox=none does without");
    }
}
