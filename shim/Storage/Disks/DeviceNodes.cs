using System;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.Linux;
using KataShimNet.Shim.Qemu;

namespace KataShimNet.Shim.Storage.Disks;

/// <summary>The devices of a specification: block devices become disks of the machine, those that every kernel has stay, others are left out.</summary>
internal static class DeviceNodes
{
    /// <summary>Goes through a specification's devices, and the rules for their use.</summary>
    /// <param name="linux">The part for Linux; its devices are changed.</param>
    /// <param name="container">The container.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StorageException">A block device cannot become a disk.</exception>
    public static async Task AttachAsync(AgentProto.Kata.Oci.Linux linux, ContainerStorage container, CancellationToken cancel)
    {
        // A privileged container is given every device of the host by habit. Ours are the guest's; only what is asked for by itself is plugged in.
        var isPrivileged = linux.Resources?.Devices.Any(r => r.Allow && r.Type is "a" or "" && r.Major <= 0 && r.Minor <= 0 && r.Access.Contains('w', StringComparison.Ordinal)) ?? false;
        foreach (var node in linux.Devices.ToArray())
        {
            if (IsUniversal(node))
                continue;
            if (node.Type == "b" && (!isPrivileged || HasOwnRule(node, linux)))
            {
                await PlugAsync(node, linux, container, cancel).ConfigureAwait(false);
                continue;
            }

            linux.Devices.Remove(node);
            if (!isPrivileged)
                container.SayDropped(Describe(node), "the guest has no such device");
        }

        DropRules(linux);
    }

    private static async Task PlugAsync(LinuxDevice node, AgentProto.Kata.Oci.Linux linux, ContainerStorage container, CancellationToken cancel)
    {
        try
        {
            var use = await container.PlugAsync(new HostDisk((uint)node.Major, (uint)node.Minor), !MayWrite(node, linux), cancel).ConfigureAwait(false);
            container.Devices.Add(new Device { Id = use, Type = "blk", ContainerPath = node.Path, VmPath = use });
        }
        catch (Exception e) when (e is LinuxException or QmpException or StorageException)
        {
            throw new StorageException($"device {Describe(node)}: {e.Message}", e);
        }
    }

    // What containerd writes for a device that was asked for (containerd's oci.WithDevices), and does not for all of the host's.
    private static bool HasOwnRule(LinuxDevice node, AgentProto.Kata.Oci.Linux linux) =>
        linux.Resources?.Devices.Any(r => r.Allow && r.Type == "b" && r.Major == node.Major && r.Minor == node.Minor) ?? false;

    // The last rule that is about the device counts, as in the kernel's list; a device without one may be written.
    private static bool MayWrite(LinuxDevice node, AgentProto.Kata.Oci.Linux linux) =>
        linux.Resources?.Devices.LastOrDefault(r => r.Allow && r.Type is "b" or "a" or "" && Matches(r.Major, node.Major) && Matches(r.Minor, node.Minor))
            is not { } rule || rule.Access.Contains('w', StringComparison.Ordinal);

    private static bool Matches(long rule, long number) => rule < 0 || rule == number;

    // Numbers of the host that mean another device in the guest, or none. What is left is the same under every kernel, or a disk.
    private static void DropRules(AgentProto.Kata.Oci.Linux linux)
    {
        if (linux.Resources is not { } resources)
            return;
        var nodes = linux.Devices.Where(d => d.Type == "b").Select(d => (d.Major, d.Minor)).ToHashSet();
        foreach (var rule in resources.Devices.ToArray())
        {
            // No type means every one, which crun takes for none when it is to be allowed.
            if (rule.Type.Length == 0)
                rule.Type = "a";
            if (rule.Allow && rule.Type == "b" && !nodes.Contains((rule.Major, rule.Minor)))
                resources.Devices.Remove(rule);
        }
    }

    // Devices that are software and have the same number under every kernel (Documentation/admin-guide/devices.txt):
    // null, zero, random and so on; tty, console, ptmx; tun and fuse.
    private static bool IsUniversal(LinuxDevice device) =>
        device.Type is "p" || (device.Type is "c" or "u" && (device.Major, device.Minor) is (1, _) or (5, _) or (10, 200) or (10, 229));

    private static string Describe(LinuxDevice device) =>
        string.Create(CultureInfo.InvariantCulture, $"{device.Path} ({device.Type} {device.Major}:{device.Minor})");
}
