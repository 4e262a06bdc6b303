using System;
using KataShimNet.Linux;

namespace KataShimNet.Cli.Checks;

/// <summary>The processor, and whether it offers virtualisation to us.</summary>
internal static class ProcessorCheck
{
    public static CheckLine Run(CheckContext context)
    {
        string model = Field(context.Machine, "model name") ?? "unknown model";
        return Virtualisation(context.Machine) is { } flag
            ? CheckLine.Pass("processor", $"{model}, {flag}")
            : CheckLine.Warn("processor", $"{model}, without vmx or svm",
                "turn virtualisation on in the firmware; on a virtual machine, turn nested virtualisation on");
    }

    /// <summary>The processor's flag for virtualisation, vmx or svm; null when it has none.</summary>
    public static string? Virtualisation(Machine machine) => Kvm.ProcessorFlag(machine.Text("/proc/cpuinfo"));

    private static string? Field(Machine machine, string name)
    {
        foreach (string line in (machine.Text("/proc/cpuinfo") ?? "").Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).Trim().SequenceEqual(name))
                return line[(colon + 1)..].Trim();
        }
        return null;
    }
}
