using System.Globalization;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>Slot 1 of bus 0: the devices that every machine has are its functions, which leaves the other slots to root ports.</summary>
internal static class SharedSlot
{
    /// <summary>The serial controller. A slot without function 0 is empty to the guest, so it is a device that is always there.</summary>
    public const int Serial = 0;

    /// <summary>Random numbers.</summary>
    public const int Entropy = 1;

    /// <summary>The file system.</summary>
    public const int Sharing = 2;

    /// <summary>The vsock device.</summary>
    public const int Vsock = 3;

    /// <summary>The balloon.</summary>
    public const int Balloon = 4;

    /// <summary>Adds the properties that put a device there.</summary>
    /// <param name="device">The device.</param>
    /// <param name="function">One of the numbers above.</param>
    public static QemuProperties InSharedSlot(this QemuProperties device, int function)
    {
        var placed = device.With("addr", string.Create(CultureInfo.InvariantCulture, $"0x1.{function}"));
        return function == Serial ? placed.With("multifunction", true) : placed;
    }
}
