using System;
using System.Runtime.CompilerServices;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>
/// What the keeper gives up. Namespaces and capabilities belong to threads, so each step runs on every thread that there is: at the
/// start those are the main thread and the runtime's finalizer; all later ones come of these.
/// </summary>
/// <remarks>
/// CAP_SYS_ADMIN stays, for detached copies of mounts (open_tree) and for the backing files of the file system that DAX
/// needs; and
/// CAP_DAC_OVERRIDE when a socket file has to be removed at the end; and CAP_SYS_PTRACE where it guards mapped files against processes of
/// the host, whose system calls it has to see (/proc/PID/syscall). The call ptrace(2) it does not have.
/// </remarks>
internal static class KeeperConfinement
{
    /// <summary>Leaves the host's network. Sockets that are open, and paths of sockets, work on.</summary>
    /// <param name="sandbox">In which form workers run: without namespaces the keeper stays where it is, too.</param>
    /// <exception cref="LinuxException">EPERM: CAP_SYS_ADMIN is missing.</exception>
    public static void LeaveNetwork(WorkerSandbox sandbox)
    {
        if (sandbox.Mode == SandboxMode.Namespace)
        {
            OnEveryThread(() => LinuxException.Check(
                Sched.unshare(Sched.CLONE_NEWNET),
                "unshare",
                "a network namespace needs CAP_SYS_ADMIN: start the daemon as root, or with --sandbox=chroot (CAP_SYS_CHROOT) or --sandbox=none"));
        }
    }

    /// <summary>Drops capabilities; programs that this process starts get none either, but for the thread that starts workers.</summary>
    /// <param name="removesSocket">Whether a socket file has to be removed at the end.</param>
    /// <param name="guards">Whether it has to see which system calls processes of the host wait in.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void DropCapabilities(bool removesSocket, bool guards)
    {
        var kept = CapabilitySet.Of("sys_admin");
        if (removesSocket)
            kept |= CapabilitySet.Of("dac_override");
        if (guards)
            kept |= CapabilitySet.Of("sys_ptrace");
        OnEveryThread(() =>
        {
            if (ThreadCapabilities.Permitted().Bits != 0)
                ThreadCapabilities.Bound(kept);
            LinuxException.Check(SysPrctl.prctl(SysPrctl.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl", "PR_SET_NO_NEW_PRIVS");
            ThreadCapabilities.Keep(kept);
        });
    }

    private static void OnEveryThread(Action step)
    {
        step();
        var errand = new Errand { Step = step };
        Leave(errand);
        // The object is garbage now; the finalizer thread runs its finalizer, and with it the step.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (errand.Failure is { } failure)
            throw failure;
        if (!errand.Done)
            throw new LinuxException(Errno.EAGAIN, "confinement", "the finalizer thread did not follow");
    }

    // In a frame of its own, so that nothing refers to the object afterwards.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Leave(Errand errand) => _ = new Messenger(errand);

    private sealed class Errand
    {
        public required Action Step { get; init; }

        public LinuxException? Failure { get; private set; }

        public bool Done { get; private set; }

        public void Run()
        {
            try
            {
                Step();
                Done = true;
            }
            catch (LinuxException e)
            {
                Failure = e;
            }
        }
    }

    private sealed class Messenger(Errand errand)
    {
        ~Messenger() => errand.Run();
    }
}
