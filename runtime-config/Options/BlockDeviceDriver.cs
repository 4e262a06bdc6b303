namespace KataShimNet.RuntimeConfig.Options;

/// <summary>What a block device of the host is in the guest.</summary>
public enum BlockDeviceDriver
{
    /// <summary>A virtio-blk disk: the fastest.</summary>
    VirtioBlk,
    /// <summary>A disk behind a virtio-scsi controller of its own, for guests or workloads that need SCSI commands.</summary>
    VirtioScsi,
}
