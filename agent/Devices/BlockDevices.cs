using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Modules;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Devices;

/// <summary>A disk of the guest.</summary>
/// <param name="Path">Its node in /dev.</param>
/// <param name="Major">Major number.</param>
/// <param name="Minor">Minor number.</param>
internal sealed record BlockDevice(string Path, long Major, long Minor);

/// <summary>Finds the disks that the host puts into the machine.</summary>
/// <param name="devices">Tells when something about a device has changed.</param>
/// <param name="modules">Loads the driver of SCSI disks.</param>
internal sealed class BlockDevices(GuestDevices devices, ModuleLoader modules)
{
    // The kernel finds a new device within milliseconds; a guest under emulation and load takes longer.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    /// <summary>Waits for the disk at a place on the PCI bus.</summary>
    /// <param name="pciPath">The host's name of it, such as <c>02/00</c>.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">InvalidArgument for a bad path; DeadlineExceeded when no disk appears.</exception>
    public async Task<BlockDevice> WaitAsync(string pciPath, CancellationToken cancel)
    {
        var path = PciPath.Parse(pciPath);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_limit);
        try
        {
            return await devices.WaitForAsync(() => Find(path), limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TtrpcException(StatusCode.DeadlineExceeded, $"no disk appeared at PCI path {pciPath} within {s_limit.TotalSeconds:0} s");
        }
    }

    private BlockDevice? Find(PciPath path)
    {
        if (path.FindFolder() is not { } folder)
            return null;
        // The node is made before the event that ends the wait; its folder in sysfs may come a moment before either.
        var block = Directory.EnumerateDirectories(folder, "virtio*").Select(FindBlock).FirstOrDefault(b => b is not null);
        if (block is null)
            return null;
        var node = $"/dev/{Path.GetFileName(block)}";
        var numbers = File.ReadAllText(Path.Combine(block, "dev")).Trim().Split(':');
        return File.Exists(node)
            ? new BlockDevice(node, long.Parse(numbers[0], CultureInfo.InvariantCulture), long.Parse(numbers[1], CultureInfo.InvariantCulture))
            : null;
    }

    // virtioN/block/vda, or virtioN/hostH/targetT/H:C:T:L/block/sda.
    private string? FindBlock(string virtio)
    {
        var parents = new[] { virtio }.AsEnumerable();
        var host = Directory.EnumerateDirectories(virtio, "host*").FirstOrDefault();
        if (host is not null)
        {
            modules.Load("sd_mod");
            parents = Directory.EnumerateDirectories(host, "target*").SelectMany(target => Directory.EnumerateDirectories(target, "*:*:*:*"));
        }

        return parents.Select(parent => Path.Combine(parent, "block")).Where(Directory.Exists)
            .SelectMany(block => Directory.EnumerateDirectories(block)).FirstOrDefault();
    }
}
