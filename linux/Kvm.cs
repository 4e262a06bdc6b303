using System;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>What tells whether KVM can run a stock kernel here: the processor's flag and the device, neither of them alone.</summary>
public static class Kvm
{
    /// <summary>The device. It exists, and opens, on machines whose processor cannot run a guest.</summary>
    public const string Device = "/dev/kvm";

    /// <summary>Opens the device.</summary>
    /// <exception cref="LinuxException">There is none, or it may not be opened.</exception>
    public static OwnedFd Open() =>
        OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, Device, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0), "open", Device);

    /// <summary>The processor's flag for virtualisation.</summary>
    /// <param name="cpuinfo">Text of /proc/cpuinfo (proc_cpuinfo(5)). Only the first processor is looked at: all have the same flags.</param>
    /// <returns>"vmx" (Intel), "svm" (AMD), or null when it has neither.</returns>
    public static string? ProcessorFlag(ReadOnlySpan<char> cpuinfo)
    {
        foreach (var line in cpuinfo.EnumerateLines())
        {
            var colon = line.IndexOf(':');
            if (colon < 0 || line[..colon].Trim() is not "flags")
                continue;
            var flags = line[(colon + 1)..];
            foreach (var word in flags.Split(' '))
            {
                if (flags[word] is "vmx")
                    return "vmx";
                if (flags[word] is "svm")
                    return "svm";
            }

            return null;
        }

        return null;
    }
}
