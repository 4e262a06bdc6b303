using KataShimNet.Fsd.Coherency.Guard;
using KataShimNet.Fsd.Dax;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>What our guest maps, told to the other daemons and to the guard.</summary>
/// <param name="cuts">The other daemons; not owned.</param>
/// <param name="guard">The guard, or null; not owned.</param>
internal sealed class SharedMaps(FileCuts cuts, TruncationGuard? guard) : ISharedMaps
{
    /// <inheritdoc/>
    public Errno Enter(FileIdentity file, int fd)
    {
        // The guard first: from the moment that the file can be cut by a daemon it can be cut by others too.
        _ = guard?.Watch(fd);
        return cuts.Enter(file);
    }

    /// <inheritdoc/>
    public void Leave(FileIdentity file, int fd)
    {
        cuts.Leave(file);
        guard?.Unwatch(fd);
    }

    /// <inheritdoc/>
    /// <remarks>A file that was cut while somebody mapped it: there may be guests that have not heard of it.</remarks>
    public long EndFor(FileIdentity file, long size)
    {
        var end = cuts.EndFor(file, size);
        return end < size || cuts.HasScratch(file, long.MaxValue) ? end : long.MaxValue;
    }

    /// <inheritdoc/>
    public void NoteScratch(FileIdentity file, long from) => _ = cuts.NoteScratch(file, from);
}
