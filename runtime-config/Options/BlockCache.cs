namespace KataShimNet.RuntimeConfig.Options;

/// <summary>Whether the host caches what guests read from and write to block devices. All but <see cref="Unsafe"/> honour a flush.</summary>
public enum BlockCache
{
    /// <summary>Past the host's page cache (O_DIRECT).</summary>
    None,
    /// <summary>Through the host's page cache.</summary>
    Writeback,
    /// <summary>Through the host's page cache, and a flush does nothing: for data that may be lost.</summary>
    Unsafe,
}
