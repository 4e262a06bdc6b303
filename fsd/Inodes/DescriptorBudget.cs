using System;
using System.Threading;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <summary>
/// How many descriptors inodes and open files may have, so that a guest cannot use up what the daemon itself needs. All follows from
/// the limit of the process (RLIMIT_NOFILE).
/// </summary>
internal sealed class DescriptorBudget
{
    /// <summary>Most descriptors for inodes that could be closed: more are no faster, and the next worker has to take over each.</summary>
    public const int MostCached = 16_384;

    // What the worker has itself: so that with the inodes' it stays below a quarter of a usual limit.
    private const int Own = 64;

    private const int LeastReserve = 32;
    private const int MostReserve = 256;

    private long _inodes;
    private long _files;

    /// <summary>Divides a limit up.</summary>
    /// <param name="limit">Descriptors that the process may have.</param>
    public DescriptorBudget(long limit)
    {
        var reserve = Math.Clamp(limit / 8, LeastReserve, MostReserve);
        Total = Math.Max(limit - reserve, 1);
        Cached = Math.Clamp(Math.Max(limit / 8, (limit / 4) - Own), 1, MostCached);
        Inodes = Math.Max(limit / 2, 1);
    }

    /// <summary>Most for inodes and open files together; the rest is for control traffic, guest memory and rings.</summary>
    public long Total { get; }

    /// <summary>Most for inodes whose descriptor can be closed, a quarter of the limit at most: beyond, those not used of late are.</summary>
    public long Cached { get; }

    /// <summary>Most for inodes, those included whose file system has no file handles: beyond, LOOKUP is answered ENFILE.</summary>
    public long Inodes { get; }

    /// <summary>Descriptors of inodes.</summary>
    public long InodesOpen => Volatile.Read(ref _inodes);

    /// <summary>Descriptors of open files.</summary>
    public long FilesOpen => Volatile.Read(ref _files);

    /// <summary>Whether inodes have more than they should keep.</summary>
    public bool IsOver => Volatile.Read(ref _inodes) > Cached;

    /// <summary>The budget of this process as it is limited now.</summary>
    public static unsafe DescriptorBudget OfProcess()
    {
        Rlimit limit;
        return new(SysResource.getrlimit(SysResource.RLIMIT_NOFILE, &limit) == 0 ? (long)Math.Min(limit.Current, int.MaxValue) : 1024);
    }

    /// <summary>Counts a descriptor of an inode.</summary>
    /// <returns>False when there is no room: it has to be closed.</returns>
    public bool TryAddInode() => TryAdd(ref _inodes, Inodes);

    /// <summary>Counts what a dead worker left, whatever the limits are.</summary>
    public void Inherit(int inodes, int files)
    {
        Interlocked.Add(ref _inodes, inodes);
        Interlocked.Add(ref _files, files);
    }

    /// <summary>Counts one off.</summary>
    public void RemoveInode() => Interlocked.Decrement(ref _inodes);

    /// <summary>Counts a descriptor of an open file.</summary>
    /// <returns>False when there is no room: it has to be closed.</returns>
    public bool TryAddFile() => TryAdd(ref _files, Total);

    /// <summary>Counts one off.</summary>
    public void RemoveFile() => Interlocked.Decrement(ref _files);

    private bool TryAdd(ref long count, long limit)
    {
        if (Interlocked.Increment(ref count) <= limit && InodesOpen + FilesOpen <= Total)
            return true;
        Interlocked.Decrement(ref count);
        return false;
    }
}
