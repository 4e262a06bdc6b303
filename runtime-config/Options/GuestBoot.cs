namespace KataShimNet.RuntimeConfig.Options;

/// <summary>Where the guest's root comes from.</summary>
public enum GuestBoot
{
    /// <summary>The kernel mounts it itself from virtio-fs.</summary>
    Virtiofs,
    /// <summary>An initrd, for kernels that have virtio-fs as a module.</summary>
    Initrd,
}
