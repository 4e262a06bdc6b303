using System;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Devices;

/// <summary>A place on the PCI bus as Kata's API names it: the slot on bus 0, then the slot behind each bridge, two hexadecimal digits each, with slashes.</summary>
/// <param name="Slots">The slots.</param>
internal sealed record PciPath(int[] Slots)
{
    private const string Devices = "/sys/devices/pci0000:00";
    private const int MostSlot = 31;

    /// <summary>Reads one.</summary>
    /// <param name="text">Such as <c>02/00</c>.</param>
    /// <exception cref="TtrpcException">InvalidArgument.</exception>
    public static PciPath Parse(string text)
    {
        var slots = text.Split('/').Select(Slot).ToArray();
        return slots.All(slot => slot is >= 0 and <= MostSlot)
            ? new PciPath(slots)
            : throw new TtrpcException(StatusCode.InvalidArgument, $"PCI path '{text}': slots of two hexadecimal digits with slashes between them are needed");
    }

    /// <summary>The device's folder in sysfs; null while there is none.</summary>
    public string? FindFolder()
    {
        var folder = Devices;
        foreach (var slot in Slots)
        {
            if (!Directory.Exists(folder))
                return null;
            var end = string.Create(CultureInfo.InvariantCulture, $":{slot:x2}.0");
            // 0000:BB:SS.0: the number of the bus behind a bridge is the kernel's choice.
            if (Directory.EnumerateDirectories(folder, "0000:*").FirstOrDefault(d => d.EndsWith(end, StringComparison.Ordinal)) is not { } next)
                return null;
            folder = next;
        }

        return folder;
    }

    private static int Slot(string word) =>
        word.Length == 2 && int.TryParse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var slot) ? slot : -1;
}
