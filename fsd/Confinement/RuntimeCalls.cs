using System.Collections.Generic;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>System calls that the .NET runtime and the C library make on their own, in keeper and worker alike (x86-64).</summary>
internal static class RuntimeCalls
{
    /// <summary>CLONE_ flags of pthread_create(3) in the C library that the daemon is linked with: no other clone is allowed.</summary>
    public const uint ThreadFlags = 0x3d0f00;

    private const uint PROT_EXEC = 4;
    private const uint PR_SET_VMA = 0x53564d41;

    /// <summary>The rules.</summary>
    public static IReadOnlyList<SeccompRule> Rules { get; } =
    [
        // Memory. Nothing becomes executable: the program is compiled ahead of time.
        new(9, "mmap", "heap, stacks, guest memory", new ArgumentCheck(2, PROT_EXEC, 0)),
        new(10, "mprotect", "guard pages, committing heap", new ArgumentCheck(2, PROT_EXEC, 0)),
        new(11, "munmap", "heap, stacks, guest memory"),
        new(12, "brk", "malloc"),
        new(25, "mremap", "realloc"),
        new(28, "madvise", "giving free heap back"),
        new(239, "get_mempolicy", "NUMA nodes of the heap"),

        // Threads and time.
        new(24, "sched_yield", "spinning locks"),
        new(35, "nanosleep", "Thread.Sleep"),
        new(56, "clone", "new threads, and nothing but threads", new ArgumentCheck(0, uint.MaxValue, ThreadFlags)),
        new(60, "exit", "end of a thread"),
        new(186, "gettid", "thread ids"),
        new(202, "futex", "locks"),
        new(203, "sched_setaffinity", "pinning a queue's thread"),
        new(204, "sched_getaffinity", "number of processors"),
        new(228, "clock_gettime", "time, where the vDSO has it not"),
        new(229, "clock_getres", "time"),
        new(230, "clock_nanosleep", "sleeping"),
        new(273, "set_robust_list", "new threads"),
        new(309, "getcpu", "allocation context"),
        new(318, "getrandom", "seeds of hash tables, malloc's tcache"),
        new(324, "membarrier", "the collector stops threads by it"),
        new(334, "rseq", "new threads"),
        new(435, "clone3", "the C library falls back to clone, whose flags can be checked", Errno: (int)Linux.Errno.ENOSYS),

        // Signals, of this process alone.
        new(13, "rt_sigaction", "handlers"),
        new(14, "rt_sigprocmask", "new threads, abort"),
        new(15, "rt_sigreturn", "end of a handler"),
        new(39, "getpid", "abort"),
        new(131, "sigaltstack", "stack of the fault handler"),
        new(219, "restart_syscall", "a wait that SIGSTOP interrupted"),
        new(231, "exit_group", "end of the process"),
        new(234, "tgkill", "the collector interrupts threads; no other process is in sight of the worker"),

        // Facts.
        new(97, "getrlimit", "stack size"),
        new(98, "getrusage", "processor time"),
        new(99, "sysinfo", "memory of the machine"),
        new(157, "prctl", "names of threads and of memory; nothing of privileges", new ArgumentCheck(0, uint.MaxValue, SysPrctl.PR_SET_NAME, PR_SET_VMA)),
        new(302, "prlimit64", "reading a limit: only without a new one", new ArgumentCheck(2, uint.MaxValue, 0)),

        // The runtime looks for files of the system, such as the time zone: there are none, whatever the process sees.
        new(2, "open", "time zone, limits of control groups", Errno: (int)Linux.Errno.ENOENT),
        new(4, "stat", "time zone", Errno: (int)Linux.Errno.ENOENT),
        new(6, "lstat", "time zone", Errno: (int)Linux.Errno.ENOENT),
        new(21, "access", "time zone", Errno: (int)Linux.Errno.ENOENT),
        new(79, "getcwd", "full paths", Errno: (int)Linux.Errno.ENOENT),
        new(89, "readlink", "time zone, path of the program", Errno: (int)Linux.Errno.ENOENT),

        // Descriptors.
        new(0, "read", "eventfds, signal pipe"),
        new(1, "write", "log, eventfds"),
        new(3, "close", ""),
        new(5, "fstat", "standard error"),
        new(7, "poll", "waiting"),
        new(8, "lseek", ""),
        new(20, "writev", "messages of the C library and the runtime before they abort"),
        new(46, "sendmsg", "the channel, descriptors along"),
        new(47, "recvmsg", "the channel, descriptors along"),
        new(72, "fcntl", "duplicates; in the worker: locks"),
        new(262, "newfstatat", "fstat(3)"),
        new(271, "ppoll", "poll(3)"),
        new(290, "eventfd2", "waking threads"),
    ];
}
