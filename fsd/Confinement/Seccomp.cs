using System.Collections.Generic;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>What happens at a system call that is not on the list; names and meanings of virtiofsd's <c>--seccomp</c>.</summary>
internal enum SeccompMode
{
    /// <summary>There is no filter.</summary>
    None,
    /// <summary>The process ends.</summary>
    Kill,
    /// <summary>The kernel's log names the call, which goes on: for finding out.</summary>
    Log,
    /// <summary>The process gets SIGSYS, which a debugger can catch with the call's number.</summary>
    Trap,
}

/// <summary>Installs seccomp filters.</summary>
internal static unsafe class Seccomp
{
    /// <summary>Puts all threads of this process, and those to come, under a filter. There is no way back.</summary>
    /// <param name="rules">What stays allowed.</param>
    /// <param name="mode">What happens to the rest.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Install(IEnumerable<SeccompRule> rules, SeccompMode mode)
    {
        LinuxException.Check(SysPrctl.prctl(SysPrctl.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl", "PR_SET_NO_NEW_PRIVS");
        if (mode == SeccompMode.None)
            return;
        var program = SeccompProgram.Build(rules, ActionOf(mode));
        fixed (SockFilter* filter = program)
        {
            var whole = new SockFprog { Length = (ushort)program.Length, Filter = filter };
            // A result above 0 is the thread that could not follow.
            var result = SysSyscall.syscall(
                SysSyscall.SYS_seccomp,
                LinuxSeccomp.SECCOMP_SET_MODE_FILTER,
                LinuxSeccomp.SECCOMP_FILTER_FLAG_TSYNC,
                (nint)(&whole),
                0,
                0,
                0);
            LinuxException.Check((int)result, "seccomp", "is it in the kernel, and no filter in force that forbids another? --seccomp=none does without");
            if (result > 0)
                throw new LinuxException(Errno.EBUSY, "seccomp", $"thread {result} has another filter");
        }
    }

    private static uint ActionOf(SeccompMode mode) => mode switch
    {
        SeccompMode.Log => LinuxSeccomp.SECCOMP_RET_LOG,
        SeccompMode.Trap => LinuxSeccomp.SECCOMP_RET_TRAP,
        _ => LinuxSeccomp.SECCOMP_RET_KILL_PROCESS,
    };
}
