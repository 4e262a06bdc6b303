using System.Collections.Generic;
using System.Globalization;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>
/// <c>-cpu</c> and <c>-smp</c>. <c>max</c> matters under TCG: without RDRAND the first crun in the guest waits for entropy.
/// </summary>
/// <param name="Kvm">Whether KVM accelerates.</param>
/// <param name="Vcpus">vCPUs at boot.</param>
/// <param name="MaxVcpus">vCPUs at most, with those that are added later.</param>
/// <param name="Features">Features of the processor switched on or off, with commas between them; may be empty.</param>
internal sealed record Processor(bool Kvm, int Vcpus, int MaxVcpus, string Features) : IQemuArgument
{
    public void AppendTo(List<string> arguments)
    {
        var count = new QemuProperties(Vcpus.ToString(CultureInfo.InvariantCulture));
        if (MaxVcpus > Vcpus)
            count = count.With("maxcpus", MaxVcpus);
        var model = Kvm ? "host" : "max";
        arguments.AddRange(["-cpu", Features.Length == 0 ? model : $"{model},{Features}", "-smp", count.ToString()]);
    }
}
