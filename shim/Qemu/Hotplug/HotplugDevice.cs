using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.Shim.Qemu.Hotplug;

/// <summary>A device that was put into the running machine.</summary>
/// <param name="bus">Where it was put.</param>
/// <param name="id">Its id in QEMU.</param>
/// <param name="port">The port that it is behind.</param>
internal sealed class HotplugDevice(HotplugBus bus, string id, RootPort port)
{
    /// <summary>Its id in QEMU.</summary>
    public string Id => id;

    /// <summary>Where the guest finds it, as the agent's calls name it: <c>PP/00</c>, the port's slot on bus 0 in hexadecimal.</summary>
    public string GuestPciPath => port.GuestPciPath;

    /// <summary>Takes the device out, and waits until the guest has let go of it. The back end stays; it can be removed afterwards.</summary>
    /// <param name="cancel">Gives up waiting.</param>
    /// <exception cref="QmpException">QEMU refused, the guest refused or did not answer in time, or the machine is gone.</exception>
    public Task RemoveAsync(CancellationToken cancel) => bus.RemoveAsync(id, port, cancel);
}
