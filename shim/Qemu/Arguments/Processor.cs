using System.Collections.Generic;
using System.Globalization;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary><c>-cpu</c> and <c>-smp</c>. <c>max</c> matters under TCG: without RDRAND the first crun in the guest waits for entropy.</summary>
internal sealed record Processor(bool Kvm, int Vcpus) : IQemuArgument
{
    public void AppendTo(List<string> arguments)
    {
        arguments.AddRange(["-cpu", Kvm ? "host" : "max", "-smp", Vcpus.ToString(CultureInfo.InvariantCulture)]);
    }
}
