namespace KataShimNet.RuntimeConfig.Options;

/// <summary>What becomes of <c>mmap(MAP_SHARED)</c> of a volume's file that the guest does not map from the host's memory.</summary>
public enum MapsWithoutDax
{
    /// <summary>One memory for the containers of the pod; other pods and the host have what was written back.</summary>
    Allow,
    /// <summary>ENODEV, for between pods it would be stale.</summary>
    Refuse,
}
