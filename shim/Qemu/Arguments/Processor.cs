using System.Collections.Generic;
using System.Globalization;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>
/// <c>-cpu</c> and <c>-smp</c>. <c>max</c> matters under TCG: without RDRAND the first crun in the guest waits for entropy. Performance
/// counters of the host's processor are kept from the guest.
/// </summary>
/// <param name="Kvm">Whether KVM accelerates.</param>
/// <param name="Vcpus">vCPUs at boot.</param>
/// <param name="MaxVcpus">vCPUs at most, with those that are added later.</param>
internal sealed record Processor(bool Kvm, int Vcpus, int MaxVcpus) : IQemuArgument
{
    public void AppendTo(List<string> arguments)
    {
        var count = new QemuProperties(Vcpus.ToString(CultureInfo.InvariantCulture));
        if (MaxVcpus > Vcpus)
            count = count.With("maxcpus", MaxVcpus);
        arguments.AddRange(["-cpu", Kvm ? "host,pmu=off" : "max", "-smp", count.ToString()]);
    }
}
