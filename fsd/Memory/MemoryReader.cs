using System.Threading;

namespace KataShimNet.Fsd.Memory;

/// <summary>A thread's way to guest memory: between <see cref="Enter"/> and <see cref="Leave"/> the table it got stays mapped.</summary>
/// <remarks>
/// The reader announces which table it uses before it uses it, and whoever changes the map waits until nobody announces the
/// old one. A request thus costs two interlocked exchanges and no lock, and a change never keeps a reader out.
/// </remarks>
internal sealed class MemoryReader
{
    private readonly MemoryMap _map;

    // What this thread uses now; null between requests. Written by this thread alone.
    private MemoryTable? _using;

    /// <summary>Made by <see cref="MemoryMap.AddReader"/>.</summary>
    /// <param name="map">The map.</param>
    internal MemoryReader(MemoryMap map) => _map = map;

    /// <summary>Begins to use memory.</summary>
    /// <returns>The table as it is now.</returns>
    public MemoryTable Enter()
    {
        while (true)
        {
            var table = _map.Current;
            // A full fence: the announcement is seen before the table is found to be current still.
            Interlocked.Exchange(ref _using, table);
            if (ReferenceEquals(table, _map.Current))
                return table;
        }
    }

    /// <summary>Ends the use: pointers from the table are void.</summary>
    public void Leave()
    {
        Interlocked.Exchange(ref _using, null);
        _map.ReaderLeft();
    }

    /// <summary>Whether a table is in use here.</summary>
    /// <param name="table">The table.</param>
    internal bool Uses(MemoryTable table) => ReferenceEquals(Volatile.Read(ref _using), table);
}
