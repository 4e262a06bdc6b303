using System;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Counters;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Rings;

/// <summary>Counters of a file-system server, each read on its own: together they are no snapshot.</summary>
/// <param name="Requests">FUSE requests answered since the start.</param>
/// <param name="Inodes">Inodes that the guest knows.</param>
/// <param name="OpenFiles">Files and folders that the guest holds open.</param>
internal readonly record struct ServerCounters(long Requests, long Inodes, long OpenFiles);

/// <summary>Where an export is, as the guest sees it: another worker has to put it there again.</summary>
/// <param name="Index">Part of the identity of its inodes.</param>
/// <param name="Cookie">Its directory offset in the synthetic root.</param>
internal readonly record struct ExportPlace(int Index, long Cookie);

/// <summary>The FUSE side as the rings and the control channel see it: one per worker, shared by all queues.</summary>
/// <remarks>Every member may be called from any thread while the queues run.</remarks>
internal interface IFileSystemServer
{
    /// <summary>Counters as they are now.</summary>
    ServerCounters Counters { get; }

    /// <summary>Numbers as they are now.</summary>
    ServerNumbers Numbers { get; }

    /// <summary>Reads the numbers of the opcodes that there were requests of.</summary>
    /// <param name="first">First opcode that counts.</param>
    /// <param name="records">Receives them.</param>
    /// <param name="next">First opcode that there was no room for; 0 when all of them are told.</param>
    /// <returns>Records.</returns>
    int ReadRequests(uint first, Span<OpcodeNumbers> records, out uint next);

    /// <summary>Makes the handler of one queue. Called on the queue's own thread, which has unshared its file-system information.</summary>
    /// <returns>A processor for that thread alone; disposed of when it is IDisposable and the queue ends.</returns>
    IRequestProcessor CreateProcessor();

    /// <summary>Adds an export below the synthetic root.</summary>
    /// <param name="name">1 to 255 bytes, no slash, not <c>.</c> or <c>..</c>.</param>
    /// <param name="policy">How it is served.</param>
    /// <param name="root">Its root; the server owns it from here on, also when it throws.</param>
    /// <returns>Where it is.</returns>
    /// <exception cref="LinuxException">EEXIST for a name in use, EINVAL for a bad name, EOPNOTSUPP when one directory is served.</exception>
    ExportPlace AddExport(string name, ExportPolicy policy, OwnedFd root);

    /// <summary>Adds an export that an earlier worker had: <see cref="Recover"/> has to follow.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="policy">How it is served.</param>
    /// <param name="root">Its root; the server owns it from here on, also when it throws.</param>
    /// <param name="index">The index that it had.</param>
    /// <param name="cookie">The directory offset that it had.</param>
    /// <exception cref="LinuxException">EEXIST for a name or an index in use.</exception>
    void RestoreExport(string name, ExportPolicy policy, OwnedFd root, int index, long cookie);

    /// <summary>Takes up what an earlier worker has left in shared memory. No queue runs yet.</summary>
    /// <param name="descriptors">The descriptors that its tables name; owned from here on.</param>
    void Recover(DescriptorMap descriptors);

    /// <summary>Removes an export: its name vanishes, its nodes answer ESTALE, and its descriptors are closed when this returns.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="LinuxException">ENOENT when there is none by that name.</exception>
    void RemoveExport(string name);

    /// <summary>Promises the guest nothing any more of what others may change, and returns when all that was promised has run out.</summary>
    void SuspendLeases();

    /// <summary>Promises again.</summary>
    void ResumeLeases();

    /// <summary>Forgets every inode and open file, but no export: the guest's driver is gone (device reset). No queue runs meanwhile.</summary>
    void Reset();
}
