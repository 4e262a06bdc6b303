using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>Capabilities of the calling thread: each thread has its own, and a new thread those of the one that makes it.</summary>
internal static unsafe class ThreadCapabilities
{
    /// <summary>Takes everything but a set out of the bounding set; a program started by this thread then has no more.</summary>
    /// <param name="kept">What stays.</param>
    /// <exception cref="LinuxException">EPERM: CAP_SETPCAP is missing.</exception>
    public static void Bound(CapabilitySet kept)
    {
        // Numbers that this kernel does not have give EINVAL, and so end the list.
        for (var number = 0; number < 64; number++)
        {
            if (number < CapabilitySet.Count && kept.Has(number))
                continue;
            if (SysPrctl.prctl(SysPrctl.PR_CAPBSET_DROP, (nuint)number, 0, 0, 0) == 0)
                continue;
            var errno = LinuxException.LastErrno;
            if (errno == Errno.EINVAL)
                break;
            throw new LinuxException(errno, "prctl", "PR_CAPBSET_DROP");
        }
    }

    /// <summary>The permitted set.</summary>
    /// <exception cref="LinuxException">capget failed.</exception>
    public static CapabilitySet Permitted()
    {
        var header = CapabilityHeader.Self;
        CapabilityData data;
        LinuxException.Check(SysSyscall.syscall(SysSyscall.SYS_capget, (nint)(&header), (nint)(&data), 0, 0, 0, 0), "capget");
        return new(data.PermittedLow | (ulong)data.PermittedHigh << 32);
    }

    /// <summary>Gives everything up but a set, which becomes effective as far as it is permitted.</summary>
    /// <param name="kept">What stays.</param>
    /// <exception cref="LinuxException">capset failed.</exception>
    public static void Keep(CapabilitySet kept)
    {
        var bits = kept.Bits & Permitted().Bits;
        var header = CapabilityHeader.Self;
        var (low, high) = ((uint)bits, (uint)(bits >> 32));
        var data = new CapabilityData { EffectiveLow = low, PermittedLow = low, EffectiveHigh = high, PermittedHigh = high };
        LinuxException.Check(SysSyscall.syscall(SysSyscall.SYS_capset, (nint)(&header), (nint)(&data), 0, 0, 0, 0), "capset");
    }
}
