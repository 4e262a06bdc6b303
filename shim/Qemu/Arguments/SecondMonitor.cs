using System.Collections.Generic;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>A monitor besides ours, for people who debug. Its socket listens already: QEMU's user could not make one in our folder.</summary>
/// <param name="Fd">Number in QEMU of the socket.</param>
/// <param name="Speech">What is spoken there.</param>
internal sealed record SecondMonitor(int Fd, ExtraMonitor Speech) : IQemuArgument
{
    private const string Id = "extra-monitor";

    public void AppendTo(List<string> arguments)
    {
        arguments.AddRange(["-chardev", new QemuProperties("socket").With("id", Id).With("fd", Fd).With("server", true).With("wait", false).ToString()]);
        var option = Speech switch
        {
            ExtraMonitor.Hmp => "-monitor",
            ExtraMonitor.Qmp => "-qmp",
            _ => "-qmp-pretty",
        };
        arguments.AddRange([option, $"chardev:{Id}"]);
    }
}
