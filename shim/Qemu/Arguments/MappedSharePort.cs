using System.Collections.Generic;
using System.Globalization;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>
/// The root port that the device with the DAX window is plugged behind. The firmware reserves room for the window there, for the guest's
/// kernel could not find it later.
/// </summary>
/// <param name="WindowMib">MiB of the window.</param>
internal sealed record MappedSharePort(int WindowMib) : IQemuArgument
{
    /// <summary>Id of the port.</summary>
    public const string Bus = "port-mapped";

    // Behind the last slot that ports for other devices can have.
    private const int Slot = 30;

    public void AppendTo(List<string> arguments) => arguments.AddRange(
    [
        "-device",
        new QemuProperties("pcie-root-port")
            .With("id", Bus)
            .With("addr", string.Create(CultureInfo.InvariantCulture, $"0x{Slot:x}"))
            .With("chassis", Slot)
            .With("io-reserve", 0)
            // A power of two that holds the device's other region, too.
            .With("pref64-reserve", string.Create(CultureInfo.InvariantCulture, $"{WindowMib * 2}M"))
            .ToString(),
    ]);
}
