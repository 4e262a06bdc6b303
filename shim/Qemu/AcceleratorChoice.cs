using System;
using System.IO;
using KataShimNet.Linux;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Qemu;

/// <summary>KVM or TCG.</summary>
internal static class AcceleratorChoice
{
    /// <summary>Decides by this machine's processor and /dev/kvm.</summary>
    /// <returns>True for KVM.</returns>
    /// <exception cref="InvalidOperationException">KVM is demanded and not to be had; the text says why.</exception>
    public static bool UseKvm(Accelerator setting) => UseKvm(setting, () => File.ReadAllText("/proc/cpuinfo"), KvmOpens);

    /// <summary>Decides. The device alone proves nothing: it exists, and opens, on machines whose processor cannot run a guest.</summary>
    /// <param name="setting">What is asked for.</param>
    /// <param name="cpuinfo">Reads /proc/cpuinfo.</param>
    /// <param name="kvmOpens">Whether /dev/kvm opens for reading and writing.</param>
    public static bool UseKvm(Accelerator setting, Func<string> cpuinfo, Func<bool> kvmOpens)
    {
        if (setting == Accelerator.Tcg)
            return false;
        var missing = Kvm.ProcessorFlag(cpuinfo()) is null ? "the processor shows neither vmx nor svm in /proc/cpuinfo"
            : !kvmOpens() ? $"{Kvm.Device} does not open"
            : null;
        return (setting, missing) switch
        {
            (_, null) => true,
            (Accelerator.Kvm, _) => throw new InvalidOperationException(
                $"hypervisor.accelerator is kvm, but {missing}; set it to auto or tcg in {KatanetOptions.DefaultPath}"),
            _ => false,
        };
    }

    private static bool KvmOpens()
    {
        try
        {
            using var device = File.Open(Kvm.Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
