namespace KataShimNet.RuntimeConfig.Options;

/// <summary>Whether files that guests map are guarded against being cut by processes of the host.</summary>
public enum TruncationGuard
{
    /// <summary>Where the host's kernel can.</summary>
    Auto,
    /// <summary>Guarded, or an error.</summary>
    On,
    /// <summary>Not guarded.</summary>
    Off,
}
