using System;
using System.Globalization;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Qemu.Isolation;

/// <summary>The user and group that a program of the sandbox runs as, with no capability and no way to get one.</summary>
/// <param name="Uid">User, not 0.</param>
/// <param name="Gid">Its only group.</param>
internal sealed record ProcessUser(uint Uid, uint Gid)
{
    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <returns>Null when it is not of that form.</returns>
    public static ProcessUser? Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            && uint.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var uid)
            && uint.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var gid)
            ? new ProcessUser(uid, gid)
            : null;
    }

    /// <summary>As <c>uid:gid</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Uid}:{Gid}");

    /// <summary>
    /// Makes the calling thread this user, for the program that it executes next: no supplementary groups, no capabilities (capabilities(7)),
    /// no_new_privs, no core dumps, files for nobody else. What it asked to happen at its parent's death is forgotten.
    /// </summary>
    /// <exception cref="LinuxException">The kernel refuses; the process is not to go on.</exception>
    public unsafe void Become()
    {
        _ = SysStat.umask(0x3f);
        var none = default(Rlimit);
        LinuxException.Check(SysResource.setrlimit(SysResource.RLIMIT_CORE, &none), "setrlimit", "RLIMIT_CORE");
        // Beyond the last capability that the kernel knows the call fails.
        for (nuint capability = 0; SysPrctl.prctl(SysPrctl.PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++)
        {
        }

        // Of this thread only, which is enough: executing a program ends all others.
        Check(SysSyscall.SYS_setgroups, 0, 0, 0, "setgroups");
        Check(SysSyscall.SYS_setresgid, (nint)Gid, (nint)Gid, (nint)Gid, "setresgid");
        Check(SysSyscall.SYS_setresuid, (nint)Uid, (nint)Uid, (nint)Uid, "setresuid");
        LinuxException.Check(SysPrctl.prctl(SysPrctl.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl", "PR_SET_NO_NEW_PRIVS");
    }

    private void Check(nint number, nint a, nint b, nint c, string call) =>
        LinuxException.Check((int)SysSyscall.syscall(number, a, b, c, 0, 0, 0), call, ToString());
}
