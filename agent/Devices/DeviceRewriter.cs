using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Devices;

/// <summary>Gives containers the guest's disks that stand for devices of the host: the numbers in the specification are the host's.</summary>
/// <param name="disks">Finds the disks.</param>
internal sealed class DeviceRewriter(BlockDevices disks)
{
    /// <summary>Waits for the disks and rewrites the nodes, and the rules for their use.</summary>
    /// <param name="spec">The container's specification; changed.</param>
    /// <param name="wanted">Its devices.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">InvalidArgument for a device that is not known; DeadlineExceeded for one that does not appear.</exception>
    public async Task RewriteAsync(Spec spec, IEnumerable<Device> wanted, CancellationToken cancel)
    {
        // All rules are found by the host's numbers before the first is changed: a guest's number may be another host's.
        var changes = new List<(LinuxDeviceCgroup Rule, BlockDevice Disk)>();
        foreach (var device in wanted)
        {
            if (device.Type != "blk")
                throw new TtrpcException(StatusCode.InvalidArgument, $"device type '{device.Type}' is not known; known is blk");
            var node = spec.Linux?.Devices.FirstOrDefault(d => d.Path == device.ContainerPath)
                ?? throw new TtrpcException(StatusCode.InvalidArgument, $"the specification has no device {device.ContainerPath}");
            var disk = await disks.WaitAsync(device.Id, cancel).ConfigureAwait(false);
            var rules = spec.Linux.Resources?.Devices.Where(r => r.Type == "b" && r.Major == node.Major && r.Minor == node.Minor) ?? [];
            changes.AddRange(rules.Select(rule => (rule, disk)));
            (node.Major, node.Minor) = (disk.Major, disk.Minor);
        }

        foreach (var (rule, disk) in changes)
            (rule.Major, rule.Minor) = (disk.Major, disk.Minor);
    }
}
