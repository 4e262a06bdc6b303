using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>Limits of this process and of those it starts.</summary>
internal static unsafe class ProcessLimits
{
    /// <summary>As many descriptors as allowed (files that a guest holds open are ours too), and no core dumps (they would hold guest memory).</summary>
    /// <param name="descriptors">Most descriptors: 0 leaves the limit as it is, null raises it as far as it goes.</param>
    /// <exception cref="LinuxException">EPERM: the limit is above what this process may have.</exception>
    public static void Apply(ulong? descriptors)
    {
        Rlimit files;
        if (descriptors is > 0)
        {
            files.Current = files.Maximum = descriptors.Value;
            LinuxException.Check(
                SysResource.setrlimit(SysResource.RLIMIT_NOFILE, &files),
                "setrlimit",
                $"--rlimit-nofile={descriptors}: above the hard limit it needs CAP_SYS_RESOURCE, and never more than /proc/sys/fs/nr_open");
        }
        else if (descriptors is null && SysResource.getrlimit(SysResource.RLIMIT_NOFILE, &files) == 0 && files.Current < files.Maximum)
        {
            files.Current = files.Maximum;
            _ = SysResource.setrlimit(SysResource.RLIMIT_NOFILE, &files);
        }

        var core = default(Rlimit);
        _ = SysResource.setrlimit(SysResource.RLIMIT_CORE, &core);
    }

    /// <summary>Names the calling thread, and the process when it is the main one: started through /proc/self/exe it would be "exe".</summary>
    /// <param name="name">At most 15 bytes and a 0.</param>
    public static void SetName(ReadOnlySpan<byte> name)
    {
        fixed (byte* bytes = name)
            _ = SysPrctl.prctl(SysPrctl.PR_SET_NAME, (nuint)bytes, 0, 0, 0);
    }

    /// <summary>This process is killed when the thread that started it ends. To be called by the main thread, which never changes its credentials.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void DieWithParent() =>
        LinuxException.Check(SysPrctl.prctl(SysPrctl.PR_SET_PDEATHSIG, Signals.SIGKILL, 0, 0, 0), "prctl", "PR_SET_PDEATHSIG");
}
