using System.Globalization;

namespace KataShimNet.Shim.Qemu.Hotplug;

/// <summary>A root port: room for one device.</summary>
/// <param name="Slot">Its slot on bus 0, 1 to 31.</param>
internal sealed record RootPort(int Slot)
{
    /// <summary>Id of the port, and value of the property <c>bus</c> of the device behind it.</summary>
    public string Bus => string.Create(CultureInfo.InvariantCulture, $"port{Slot}");

    /// <summary>Value of the port's own property <c>addr</c>.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"0x{Slot:x}");

    /// <summary>Where the guest finds the device behind the port, as the agent's calls name it: slot of the port, slot behind it.</summary>
    public string GuestPciPath => string.Create(CultureInfo.InvariantCulture, $"{Slot:x2}/00");
}
