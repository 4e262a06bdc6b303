using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>unistd.h, sys/syscall.h: system calls by number, for those that the C library has no function for or wraps for all threads.</summary>
public static unsafe partial class SysSyscall
{
    /// <summary>prctl: the raw call.</summary>
    public const int SYS_prctl = 157;

    /// <summary>gettid.</summary>
    public const int SYS_gettid = 186;

    /// <summary>tgkill.</summary>
    public const int SYS_tgkill = 234;

    /// <summary>pivot_root.</summary>
    public const int SYS_pivot_root = 155;

    /// <summary>getdents64.</summary>
    public const int SYS_getdents64 = 217;

    /// <summary>setresuid of the calling thread only.</summary>
    public const int SYS_setresuid = 117;

    /// <summary>setresgid of the calling thread only.</summary>
    public const int SYS_setresgid = 119;

    /// <summary>setgroups of the calling thread only.</summary>
    public const int SYS_setgroups = 116;

    /// <summary>renameat2.</summary>
    public const int SYS_renameat2 = 316;

    /// <summary>finit_module.</summary>
    public const int SYS_finit_module = 313;

    /// <summary>clone: the raw call; the child returns on a copy of the caller's stack.</summary>
    public const int SYS_clone = 56;

    /// <summary>capget.</summary>
    public const int SYS_capget = 125;

    /// <summary>capset.</summary>
    public const int SYS_capset = 126;

    /// <summary>seccomp.</summary>
    public const int SYS_seccomp = 317;

    /// <summary>pidfd_send_signal.</summary>
    public const int SYS_pidfd_send_signal = 424;

    /// <summary>open_tree.</summary>
    public const int SYS_open_tree = 428;

    /// <summary>move_mount.</summary>
    public const int SYS_move_mount = 429;

    /// <summary>fsopen.</summary>
    public const int SYS_fsopen = 430;

    /// <summary>fsconfig.</summary>
    public const int SYS_fsconfig = 431;

    /// <summary>fsmount.</summary>
    public const int SYS_fsmount = 432;

    /// <summary>pidfd_getfd.</summary>
    public const int SYS_pidfd_getfd = 438;

    /// <summary>rt_sigprocmask: the raw call.</summary>
    public const int SYS_rt_sigprocmask = 14;

    /// <summary>read.</summary>
    public const int SYS_read = 0;

    /// <summary>futex.</summary>
    public const int SYS_futex = 202;

    /// <summary>futex operation: waits while the word has a value; of memory that processes share.</summary>
    public const int FUTEX_WAIT = 0;

    /// <summary>futex operation: wakes who waits.</summary>
    public const int FUTEX_WAKE = 1;

    /// <summary>getppid.</summary>
    public const int SYS_getppid = 110;

    /// <summary>exit_group.</summary>
    public const int SYS_exit_group = 231;

    /// <summary>pidfd_open.</summary>
    public const int SYS_pidfd_open = 434;

    /// <summary>close_range.</summary>
    public const int SYS_close_range = 436;

    /// <summary>openat2.</summary>
    public const int SYS_openat2 = 437;

    /// <summary>mount_setattr.</summary>
    public const int SYS_mount_setattr = 442;

    /// <summary>fchmodat2.</summary>
    public const int SYS_fchmodat2 = 452;

    /// <summary>syscall(2): result −1 is failure.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint g);
}
