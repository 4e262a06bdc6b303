using KataShimNet.Linux;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Cli.Checks;

/// <summary>Whether KVM works. A /dev/kvm on a processor without vmx and svm exists, but runs no stock kernel.</summary>
internal static class AcceleratorCheck
{
    public static CheckLine Run(CheckContext context)
    {
        Accelerator wanted = context.Options.Hypervisor.Accelerator;
        if (wanted == Accelerator.Tcg)
            return CheckLine.Pass("accelerator", "TCG (emulation), as the settings say");
        Errno error = context.Machine.TryOpenDevice(Kvm.Device);
        (string finding, string advice) = (ProcessorCheck.Virtualisation(context.Machine), error) switch
        {
            (null, 0) => ($"{Kvm.Device} opens, but the processor has neither vmx nor svm", "turn (nested) virtualisation on"),
            (null, _) => ($"neither {Kvm.Device} nor vmx or svm", "turn (nested) virtualisation on"),
            (_, Errno.ENOENT) => ($"there is no {Kvm.Device}", "load kvm_intel or kvm_amd"),
            (_, 0) => ("", ""),
            _ => ($"{Kvm.Device} does not open: {error}", "run this as root, and let this user open it"),
        };
        if (finding.Length == 0)
            return CheckLine.Pass("accelerator", "KVM");
        return wanted == Accelerator.Kvm
            ? CheckLine.Fail("accelerator", finding, $"{advice}, or set hypervisor.accelerator to auto")
            : CheckLine.Warn("accelerator", $"TCG (emulation, many times slower): {finding}", advice);
    }
}
