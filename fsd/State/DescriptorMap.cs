using System;
using System.Collections.Generic;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.State;

/// <summary>
/// The descriptors of a worker that died, by the numbers that they had there: its tables name them, and the next worker gets
/// duplicates with other numbers. Each is taken once; what nobody took is closed with the map.
/// </summary>
internal sealed class DescriptorMap : IDisposable
{
    private readonly Dictionary<int, OwnedFd> _byOldNumber = [];

    /// <summary>Adds a descriptor.</summary>
    /// <param name="oldNumber">Its number in the worker that died.</param>
    /// <param name="fd">The duplicate; owned by the map.</param>
    public void Add(int oldNumber, OwnedFd fd)
    {
        if (!_byOldNumber.TryAdd(oldNumber, fd))
            fd.Dispose();
    }

    /// <summary>Takes a descriptor over.</summary>
    /// <param name="oldNumber">As a table has it.</param>
    /// <returns>Its number in this process, owned by the caller; −1 when it did not come along.</returns>
    public int Take(int oldNumber) => _byOldNumber.Remove(oldNumber, out var fd) ? fd.Release() : -1;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var fd in _byOldNumber.Values)
            fd.Dispose();
        _byOldNumber.Clear();
    }
}
