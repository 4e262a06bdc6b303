using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata.Types;
using KataShimNet.Linux.Netlink;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Qemu.Arguments;
using KataShimNet.Shim.Qemu.Hotplug;

namespace KataShimNet.Shim.Network;

/// <summary>An interface of the guest that stands for a link of the pod.</summary>
/// <param name="id">Its id in QEMU when it is there from the start; hot-plugged ones are given one.</param>
/// <param name="attachment">What it is joined with.</param>
internal sealed class PodNic(string id, LinkAttachment attachment)
{
    private HotplugDevice? _device;

    /// <summary>What it is joined with.</summary>
    public LinkAttachment Attachment => attachment;

    /// <summary>What the agent was told of it last; null before that.</summary>
    public Interface? Told { get; set; }

    /// <summary>Where the guest finds it; empty before QEMU has it.</summary>
    public string GuestPciPath => _device?.GuestPciPath ?? "";

    /// <summary>Whether a link is still the one that this stands for.</summary>
    public bool StandsFor(Link link) =>
        link.Index == attachment.Link.Index
        && (link.Mac == attachment.Link.Mac || attachment is MacvtapAttachment);

    /// <summary>Puts it on QEMU's command line.</summary>
    /// <param name="inherited">Gets its descriptors.</param>
    /// <param name="port">The root port that it is behind.</param>
    public IQemuArgument ToArgument(InheritedFds inherited, RootPort port) => new VirtioNet(
        id, attachment.Link.Mac.ToString(), port.Bus, [.. attachment.Queues.Select(inherited.Add)], [.. attachment.Vhosts.Select(inherited.Add)]);

    /// <summary>QEMU has it from its command line.</summary>
    public void Settle(HotplugBus bus, RootPort port)
    {
        _device = new HotplugDevice(bus, id, port);
        attachment.Dispose();
    }

    /// <summary>Puts it into the running machine.</summary>
    /// <param name="qemu">The machine.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="QmpException">QEMU refused, or no port is free.</exception>
    public async Task PlugAsync(QemuProcess qemu, CancellationToken cancel)
    {
        var (taps, vhosts) = (new List<string>(), new List<string>());
        for (var i = 0; i < attachment.Queues.Count; i++)
        {
            taps.Add($"{id}-tap{i}");
            await qemu.Monitor.NameFdAsync(taps[i], attachment.Queues[i], cancel).ConfigureAwait(false);
            if (attachment.Vhosts.Count == 0)
                continue;
            vhosts.Add($"{id}-vhost{i}");
            await qemu.Monitor.NameFdAsync(vhosts[i], attachment.Vhosts[i], cancel).ConfigureAwait(false);
        }

        await qemu.Monitor.ExecuteAsync("netdev_add", json =>
        {
            json.WriteString("type"u8, "tap"u8);
            json.WriteString("id"u8, VirtioNet.BackEnd(id));
            json.WriteString("fds"u8, string.Join(':', taps));
            if (vhosts.Count == 0)
                return;
            json.WriteBoolean("vhost"u8, true);
            json.WriteString("vhostfds"u8, string.Join(':', vhosts));
        }, cancel).ConfigureAwait(false);
        try
        {
            _device = await qemu.Hotplug.AddAsync("virtio-net-pci", json =>
            {
                json.WriteString("netdev"u8, VirtioNet.BackEnd(id));
                json.WriteString("mac"u8, attachment.Link.Mac.ToString());
                json.WriteString("romfile"u8, "");
                if (taps.Count <= 1)
                    return;
                json.WriteBoolean("mq"u8, true);
                json.WriteNumber("vectors"u8, (2 * taps.Count) + 2);
            }, cancel).ConfigureAwait(false);
        }
        catch (QmpException)
        {
            await RemoveBackEndAsync(qemu, cancel).ConfigureAwait(false);
            throw;
        }

        attachment.Dispose();
    }

    /// <summary>Takes it out of the running machine.</summary>
    public async Task UnplugAsync(QemuProcess qemu, CancellationToken cancel)
    {
        if (_device is { } device)
            await device.RemoveAsync(cancel).ConfigureAwait(false);
        await RemoveBackEndAsync(qemu, cancel).ConfigureAwait(false);
    }

    private Task<JsonElement> RemoveBackEndAsync(QemuProcess qemu, CancellationToken cancel) =>
        qemu.Monitor.ExecuteAsync("netdev_del", json => json.WriteString("id"u8, VirtioNet.BackEnd(id)), cancel);
}
