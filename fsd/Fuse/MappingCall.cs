using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.Rings;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>A request about mappings that left its queue thread, for it waits for QEMU. Pooled.</summary>
internal sealed unsafe class MappingCall
{
    /// <summary>Most mappings of one REMOVEMAPPING (FUSE_REMOVEMAPPING_MAX_ENTRY: a page of them).</summary>
    public const int MaxRemoved = 256;

    /// <summary>The chain, which is this object's until it is completed; null when nobody waits for an answer.</summary>
    public DescriptorChain? Chain;

    /// <summary>Number of the request.</summary>
    public ulong Unique;

    /// <summary>What to map; not read when <see cref="File"/> is −1.</summary>
    public MapRecord Record;

    /// <summary>The inodes that the guest knows, of which the file is one.</summary>
    public InodeTable? Inodes;

    /// <summary>Its node id.</summary>
    public ulong NodeId;

    /// <summary>Descriptor of the file to map, owned; −1 when mappings are to be removed.</summary>
    public int File = -1;

    /// <summary>Number of mappings to remove; −1 removes all that there are.</summary>
    public int RemovedCount;

    /// <summary>Where those begin in the window.</summary>
    public readonly long[] RemovedOffsets = new long[MaxRemoved];

    /// <summary>Their bytes.</summary>
    public readonly long[] RemovedLengths = new long[MaxRemoved];

    /// <summary>Does it and answers the request.</summary>
    /// <param name="window">The window.</param>
    /// <param name="log">Log.</param>
    public void Run(WindowClient window, FuseLog log)
    {
        var error = File >= 0 ? Map(window) : Remove(window);
        if (error != Errno.None)
            log.MappingFailed(error);
        if (File >= 0)
            _ = Unistd.close(File);
        File = -1;
        if (Chain is not { } chain)
            return;
        Chain = null;
        chain.Complete((uint)Reply.Write(chain, Unique, error, 0));
    }

    private Errno Map(WindowClient window)
    {
        var error = (Record.Flags & MapRecord.Writable) != 0 ? Allocate() : Errno.None;
        if (error != Errno.None)
            return error;
        // As late as can be: another request may tell the guest a size meanwhile.
        Record.Believed = (long)System.Math.Min(Inodes!.MostSize(NodeId), long.MaxValue);
        return window.Map(Record, File);
    }

    // A page that the host cannot make for want of room would end QEMU, so blocks are there before the guest can store: then it is the guest
    // that hears of ENOSPC. On tmpfs even reading a hole makes a page.
    private Errno Allocate()
    {
        Statfs fileSystem;
        var tmpfs = SysStatfs.fstatfs(File, &fileSystem) == 0 && fileSystem.Type == DaxFileSystems.Tmpfs;
        if ((Record.Flags & MapRecord.Stored) == 0 && !tmpfs)
            return Errno.None;
        Statx status;
        if (HostFile.Stat(File, &status) < 0)
            return LinuxException.LastErrno;
        var length = System.Math.Min((long)status.Size - Record.FileOffset, Record.Length);
        if (length <= 0 || Fcntl.fallocate(File, Fcntl.FALLOC_FL_KEEP_SIZE, Record.FileOffset, length) == 0)
            return Errno.None;
        var error = LinuxException.LastErrno;
        // A file system that cannot: README.md says what that means.
        return error == Errno.EOPNOTSUPP ? Errno.None : error;
    }

    private Errno Remove(WindowClient window)
    {
        if (RemovedCount < 0)
            return window.UnmapAll();
        var error = Errno.None;
        for (var i = 0; i < RemovedCount && error == Errno.None; i++)
            error = window.Unmap(RemovedOffsets[i], RemovedLengths[i]);
        return error;
    }
}
