using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>
/// A child that is there for what it holds, a namespace or a descriptor table, and does nothing: it has a name, no signal handlers
/// and no capabilities.
/// </summary>
internal static unsafe class IdleChild
{
    private const nint CLONE_PIDFD = 0x1000;
    private const nint SIG_SETMASK = 2;

    /// <summary>Starts one with the descriptor table of its parent. It dies with the thread whose child it is.</summary>
    /// <param name="name">Its name with a final zero, at most 16 bytes (prctl(2), PR_SET_NAME).</param>
    /// <param name="flags">Flags of clone(2).</param>
    /// <param name="parentPid">Process id of its parent, as it sees it.</param>
    /// <returns>Its pidfd; null when the kernel refused, for which there is no errno.</returns>
    public static OwnedFd? StartSharing(ReadOnlySpan<byte> name, nint flags, int parentPid) => Start(name, flags, parentPid, lifeline: -1);

    /// <summary>Starts one with a single descriptor. It dies when the other end of that is closed, by whoever holds it last.</summary>
    /// <param name="name">Its name with a final zero, at most 16 bytes (prctl(2), PR_SET_NAME).</param>
    /// <param name="flags">Flags of clone(2).</param>
    /// <param name="lifeline">The end of a pipe that is read from.</param>
    /// <returns>Its pidfd; null when the kernel refused, for which there is no errno.</returns>
    public static OwnedFd? StartHanging(ReadOnlySpan<byte> name, nint flags, OwnedFd lifeline) => Start(name, flags, 0, lifeline.Fd);

    // A call without a transition keeps no errno for us.
    private static OwnedFd? Start(ReadOnlySpan<byte> name, nint flags, int parentPid, int lifeline)
    {
        // All that the child uses is laid out before it is there.
        var allSignals = ulong.MaxValue;
        var capabilityHeader = CapabilityHeader.Self;
        var noCapabilities = default(CapabilityData);
        var ownName = stackalloc byte[16];
        name.CopyTo(new(ownName, 16));
        byte nothing;
        int pidfd;

        var pid = CloneChild.syscall(SysSyscall.SYS_clone, flags | CLONE_PIDFD | Signals.SIGCHLD, 0, (nint)(&pidfd), 0, 0, 0);
        if (pid == 0)
        {
            _ = CloneChild.syscall(SysSyscall.SYS_rt_sigprocmask, SIG_SETMASK, (nint)(&allSignals), 0, sizeof(ulong), 0, 0);
            _ = CloneChild.syscall(SysSyscall.SYS_prctl, SysPrctl.PR_SET_NAME, (nint)ownName, 0, 0, 0, 0);
            _ = CloneChild.syscall(SysSyscall.SYS_capset, (nint)(&capabilityHeader), (nint)(&noCapabilities), 0, 0, 0, 0);
            if (lifeline >= 0)
            {
                if (lifeline > 0)
                    _ = CloneChild.syscall(SysSyscall.SYS_close_range, 0, lifeline - 1, 0, 0, 0, 0);
                _ = CloneChild.syscall(SysSyscall.SYS_close_range, lifeline + 1, int.MaxValue, 0, 0, 0, 0);
                // Nobody writes: it returns at the end of the file, also when the other end was closed before we came here.
                _ = CloneChild.syscall(SysSyscall.SYS_read, lifeline, (nint)(&nothing), 1, 0, 0, 0);
                _ = CloneChild.syscall(SysSyscall.SYS_exit_group, 0, 0, 0, 0, 0, 0);
            }

            _ = CloneChild.syscall(SysSyscall.SYS_prctl, SysPrctl.PR_SET_PDEATHSIG, Signals.SIGKILL, 0, 0, 0, 0);
            // The parent may have ended before the signal was asked for; then nobody would ever end this process.
            if (CloneChild.syscall(SysSyscall.SYS_getppid, 0, 0, 0, 0, 0, 0) != parentPid)
                _ = CloneChild.syscall(SysSyscall.SYS_exit_group, 1, 0, 0, 0, 0, 0);
            while (true)
                _ = CloneChild.pause();
        }

        return pid > 0 ? new OwnedFd(pidfd) : null;
    }
}
