using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Worker;

/// <summary>
/// A process that shares the worker's descriptor table and does nothing: when the worker is killed, every file that the guest has open,
/// and every lock that hangs on it, lives on. The keeper, whose child it is too, takes the descriptors from it and then ends it. It has
/// no capabilities.
/// </summary>
internal static unsafe class DescriptorHolder
{
    private const nint CLONE_FILES = 0x400;
    private const nint CLONE_PIDFD = 0x1000;
    private const nint CLONE_PARENT = 0x8000;
    private const nint SIG_SETMASK = 2;

    /// <summary>Starts it. To be called before anything is mapped or opened that it need not have.</summary>
    /// <param name="keeperPid">Process id of the keeper as we see it.</param>
    /// <returns>Its pidfd.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static OwnedFd Start(int keeperPid)
    {
        // All that the child uses is laid out before it is there.
        var allSignals = ulong.MaxValue;
        var capabilityHeader = CapabilityHeader.Self;
        var noCapabilities = default(CapabilityData);
        var name = stackalloc byte[16];
        "fsd-holder\0"u8.CopyTo(new Span<byte>(name, 16));
        int pidfd;

        var pid = CloneChild.syscall(
            SysSyscall.SYS_clone, CLONE_FILES | CLONE_PARENT | CLONE_PIDFD | Signals.SIGCHLD, 0, (nint)(&pidfd), 0, 0, 0);
        if (pid == 0)
        {
            _ = CloneChild.syscall(SysSyscall.SYS_rt_sigprocmask, SIG_SETMASK, (nint)(&allSignals), 0, sizeof(ulong), 0, 0);
            _ = CloneChild.syscall(SysSyscall.SYS_prctl, SysPrctl.PR_SET_PDEATHSIG, Signals.SIGKILL, 0, 0, 0, 0);
            _ = CloneChild.syscall(SysSyscall.SYS_prctl, SysPrctl.PR_SET_NAME, (nint)name, 0, 0, 0, 0);
            _ = CloneChild.syscall(SysSyscall.SYS_capset, (nint)(&capabilityHeader), (nint)(&noCapabilities), 0, 0, 0, 0);
            // The keeper may have ended before the signal was asked for; then nobody would ever end this process.
            if (CloneChild.syscall(SysSyscall.SYS_getppid, 0, 0, 0, 0, 0, 0) != keeperPid)
                _ = CloneChild.syscall(SysSyscall.SYS_exit_group, 1, 0, 0, 0, 0, 0);
            while (true)
                _ = CloneChild.pause();
        }

        // A call without a transition keeps no errno for us.
        return pid > 0
            ? new OwnedFd(pidfd)
            : throw new LinuxException(Errno.EPERM, "clone", "CLONE_PARENT: the worker may not be the first process of its pid namespace");
    }
}
