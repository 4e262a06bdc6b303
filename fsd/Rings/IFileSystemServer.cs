using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Rings;

/// <summary>Counters of a file-system server, each read on its own: together they are no snapshot.</summary>
/// <param name="Requests">FUSE requests answered since the start.</param>
/// <param name="Inodes">Inodes that the guest knows.</param>
/// <param name="OpenFiles">Files and folders that the guest holds open.</param>
public readonly record struct ServerCounters(long Requests, long Inodes, long OpenFiles);

/// <summary>The FUSE side as the rings and the control channel see it: one per worker, shared by all queues.</summary>
/// <remarks>Every member may be called from any thread while the queues run.</remarks>
public interface IFileSystemServer
{
    /// <summary>Counters as they are now.</summary>
    ServerCounters Counters { get; }

    /// <summary>Makes the handler of one queue. Called on the queue's own thread, which has unshared its file-system information.</summary>
    /// <returns>A processor for that thread alone; disposed of when it is IDisposable and the queue ends.</returns>
    IRequestProcessor CreateProcessor();

    /// <summary>Adds an export below the synthetic root.</summary>
    /// <param name="name">1 to 255 bytes, no slash, not <c>.</c> or <c>..</c>.</param>
    /// <param name="policy">How it is served.</param>
    /// <param name="root">Its root; the server owns it from here on, also when it throws.</param>
    /// <exception cref="LinuxException">EEXIST for a name in use, EINVAL for a bad name, EOPNOTSUPP when one directory is served.</exception>
    void AddExport(string name, ExportPolicy policy, OwnedFd root);

    /// <summary>Removes an export: its name vanishes, its nodes answer ESTALE, and its descriptors are closed when this returns.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="LinuxException">ENOENT when there is none by that name.</exception>
    void RemoveExport(string name);

    /// <summary>Forgets every inode and open file, but no export: the guest's driver is gone (device reset). No queue runs meanwhile.</summary>
    void Reset();
}
