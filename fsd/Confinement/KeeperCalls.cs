using System.Collections.Generic;
using System.Linq;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>System calls of the keeper once it serves (x86-64), and of what it starts.</summary>
/// <remarks>
/// A filter is inherited by children and cannot be widened, so the keeper's list holds the worker's as well: what the worker needs while
/// it comes up and what it does afterwards. It is still without sockets that connect or listen anew, ptrace, mount(2) and its like,
/// modules, keys, bpf, io_uring, other processes' memory, and namespaces.
/// </remarks>
internal static class KeeperCalls
{
    // posix_spawn(3): CLONE_VM, CLONE_VFORK, SIGCHLD.
    private const uint SpawnFlags = 0x4111;

    // The worker's holder of descriptors: CLONE_FILES, CLONE_PARENT, CLONE_PIDFD, SIGCHLD.
    private const uint HolderFlags = 0x9411;

    private const uint PR_SET_VMA = 0x53564d41;
    private const uint TCGETS = 0x5401;

    private static readonly SeccompRule[] s_own =
    [
        // Front end and workers.
        new(48, "shutdown", "end of a channel"),
        new(53, "socketpair", "channels of a new worker"),
        new(55, "getsockopt", "does the socket listen?"),
        new(288, "accept4", "the next front end"),
        new(301, "fanotify_mark", "guarding a file that the guest maps"),
        new(319, "memfd_create", "GET_INFLIGHT_FD, records of requests"),
        new(428, "open_tree", "a detached copy of an export, of a worker's /proc/PID/fd"),
        new(438, "pidfd_getfd", "the descriptors of a worker that died"),

        // Starting and ending a worker.
        new(33, "dup2", "a worker's descriptors by number"),
        new(56, "clone", "threads, a worker, a holder: nothing with a new namespace",
            new ArgumentCheck(0, uint.MaxValue, RuntimeCalls.ThreadFlags, SpawnFlags, HolderFlags)),
        new(59, "execve", "the worker"),
        new(247, "waitid", "how a worker ended"),
        new(424, "pidfd_send_signal", "ending a worker or its holder"),
        new(434, "pidfd_open", "holding a worker"),
        new(436, "close_range", "what a worker shall not inherit"),

        // A worker on its way to its own list, and its holder.
        new(34, "pause", "all that a holder does"),
        new(63, "uname", "start of the C library"),
        new(80, "chdir", "out of the directory that a worker starts in"),
        new(110, "getppid", "is the keeper still there?"),
        new(137, "statfs", "start of the runtime: control groups"),
        new(158, "arch_prctl", "start of the C library"),
        new(218, "set_tid_address", "start of the C library"),
        new(294, "inotify_init1", "a worker's watches of open files"),
        new(293, "pipe2", "start of the runtime: signals"),
        new(317, "seccomp", "the worker's list"),
        new(157, "prctl", "names; death with the parent; no new privileges",
            new ArgumentCheck(0, uint.MaxValue, SysPrctl.PR_SET_NAME, PR_SET_VMA, SysPrctl.PR_SET_PDEATHSIG, SysPrctl.PR_SET_NO_NEW_PRIVS)),
    ];

    /// <summary>The rules, those of the worker and of the runtime included.</summary>
    public static IReadOnlyList<SeccompRule> Rules { get; } =
    [
        .. s_own,
        .. WorkerCalls.Rules.Where(rule => !s_own.Any(own => own.Number == rule.Number)).Select(rule => rule.Name == "ioctl" ? WithOwn(rule) : rule),
    ];

    // The runtime asks whether standard input is a terminal when it takes signals over; the other two name backing files of the
    // file system that DAX needs.
    private static SeccompRule WithOwn(SeccompRule ioctl) => ioctl with
    {
        Check = ioctl.Check! with
        {
            Values = [.. ioctl.Check.Values, TCGETS, (uint)SysIoctl.FUSE_DEV_IOC_BACKING_OPEN, (uint)SysIoctl.FUSE_DEV_IOC_BACKING_CLOSE],
        },
    };
}
