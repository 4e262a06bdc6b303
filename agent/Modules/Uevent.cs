using System;
using System.Collections.Generic;
using System.Text;

namespace KataShimNet.Agent.Modules;

/// <summary>What the kernel says about a device (Documentation/ABI; lib/kobject_uevent.c).</summary>
/// <param name="Action">Such as <c>add</c>, <c>remove</c>, <c>change</c>.</param>
/// <param name="DevicePath">The device below /sys, such as <c>/devices/pci0000:00/…/virtio5</c>.</param>
/// <param name="Subsystem">Such as <c>virtio</c>, <c>block</c>, <c>net</c>.</param>
/// <param name="Alias">By which its driver is found; empty without.</param>
internal sealed record Uevent(string Action, string DevicePath, string Subsystem, string Alias)
{
    /// <summary>Reads a message: <c>action@path</c>, then <c>KEY=value</c>, each with a zero byte behind it.</summary>
    /// <param name="message">The message.</param>
    /// <returns>Null when it is not one of the kernel's.</returns>
    public static Uevent? Parse(ReadOnlySpan<byte> message)
    {
        var values = new Dictionary<string, string>();
        foreach (var word in Encoding.UTF8.GetString(message).Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                values[word[..equals]] = word[(equals + 1)..];
        }

        return values.TryGetValue("ACTION", out var action) && values.TryGetValue("DEVPATH", out var path)
            ? new Uevent(action, path, values.GetValueOrDefault("SUBSYSTEM", ""), values.GetValueOrDefault("MODALIAS", ""))
            : null;
    }
}
