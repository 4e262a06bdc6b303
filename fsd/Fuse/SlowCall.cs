using System;
using System.Runtime.InteropServices;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.Rings;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>What a slow call does.</summary>
internal enum SlowOperation
{
    /// <summary>fsync(2).</summary>
    Fsync,
    /// <summary>fdatasync(2).</summary>
    Fdatasync,
    /// <summary>syncfs(2) on a descriptor of its own.</summary>
    Syncfs,
    /// <summary>fallocate(2).</summary>
    Fallocate,
    /// <summary>copy_file_range(2), answered in 32 bits.</summary>
    Copy,
    /// <summary>copy_file_range(2), answered in 64 bits.</summary>
    Copy64,
    /// <summary>Nothing but telling other daemons that a file has grown, by a WRITE that was made already.</summary>
    Grown,
}

/// <summary>A request that left its queue thread because it may block for long. Pooled.</summary>
internal sealed unsafe class SlowCall
{
    /// <summary>The next one in a list of <see cref="SlowCalls"/>.</summary>
    public SlowCall? Next;

    /// <summary>What to do.</summary>
    public SlowOperation Operation;

    /// <summary>The chain, which is this object's until it is completed.</summary>
    public DescriptorChain Chain = null!;

    /// <summary>Number of the request.</summary>
    public ulong Unique;

    /// <summary>The file.</summary>
    public HandlePin File;

    /// <summary>The file that is copied to.</summary>
    public HandlePin Target;

    /// <summary>A descriptor to be closed afterwards, or −1.</summary>
    public int OwnFd = -1;

    /// <summary>Mode of fallocate.</summary>
    public int Mode;

    /// <summary>Where to start, in the file.</summary>
    public long Offset;

    /// <summary>Where to start, in the target.</summary>
    public long TargetOffset;

    /// <summary>Bytes.</summary>
    public long Length;

    /// <summary>
    /// Whether set-id bits fall with this change. WRITE says so by itself; FALLOCATE and COPY_FILE_RANGE have no such flag, although with
    /// FUSE_HANDLE_KILLPRIV_V2 the guest's kernel leaves it to the daemon: so they fall unless root asks, whose processes have CAP_FSETID.
    /// </summary>
    public bool KillPrivileges;

    /// <summary>What it changes, begun before it was started; null where nothing has to be announced.</summary>
    public FileChange? Change;

    /// <summary>Makes the call and answers the request.</summary>
    /// <param name="credentials">Of this thread.</param>
    /// <param name="server">Whose it is.</param>
    public void Run(ThreadCredentials credentials, FuseServer server)
    {
        var cuts = server.Cuts;
        nint result;
        using (credentials.DropFsetid(KillPrivileges))
        {
            result = Operation switch
            {
                SlowOperation.Fsync => Unistd.fsync(File.Fd),
                SlowOperation.Fdatasync => Unistd.fdatasync(File.Fd),
                SlowOperation.Syncfs => Unistd.syncfs(OwnFd),
                SlowOperation.Fallocate => Allocation.Run(cuts, File.Fd, Mode, Offset, Length),
                SlowOperation.Grown => (nint)Length,
                _ => Copy(),
            };
        }

        var error = result < 0 ? LinuxException.LastErrno : Errno.None;
        if (error == Errno.None && Operation is not (SlowOperation.Fsync or SlowOperation.Fdatasync or SlowOperation.Syncfs))
            error = SizeChange.Grown(cuts, Operation is SlowOperation.Copy or SlowOperation.Copy64 ? Target.Fd : File.Fd, mayWait: true);
        var bucket = result < 0 ? -1 : Operation switch
        {
            SlowOperation.Fallocate or SlowOperation.Grown => File.Bucket,
            SlowOperation.Copy or SlowOperation.Copy64 => Target.Bucket,
            _ => -1,
        };

        if (result >= 0)
            NoteEnd(server, result);
        if (result >= 0 && Operation is SlowOperation.Fallocate or SlowOperation.Copy or SlowOperation.Copy64)
            Change?.MarkData(Operation == SlowOperation.Fallocate ? File.Fd : Target.Fd);
        Change?.Dispose();

        // Before the answer: who sees the answer may count descriptors.
        File.Dispose();
        Target.Dispose();
        if (OwnFd >= 0)
            _ = Unistd.close(OwnFd);
        OwnFd = -1;
        KillPrivileges = false;
        File = Target = default;

        var chain = Chain;
        Chain = null!;
        var payload = error == Errno.None ? Fill(chain, (ulong)result) : 0;
        var written = Reply.Write(chain, Unique, error, payload);
        if (bucket >= 0 && cuts is not null)
            _ = cuts.Sizes.AfterResize(chain, bucket, written, deferred: true);
        else
            chain.Complete((uint)written);
    }

    // How long the guest takes a file for after its own call.
    private void NoteEnd(FuseServer server, nint result)
    {
        if (Operation == SlowOperation.Fallocate && (Mode & Fcntl.FALLOC_FL_KEEP_SIZE) == 0)
            HostFile.NoteReached(server, File.NodeId, (ulong)(Offset + Length));
        else if (Operation is SlowOperation.Copy or SlowOperation.Copy64)
            HostFile.NoteReached(server, Target.NodeId, (ulong)(TargetOffset + result));
    }

    private nint Copy()
    {
        var source = Offset;
        var target = TargetOffset;
        return Unistd.copy_file_range(File.Fd, &source, Target.Fd, &target, (nuint)Length, 0);
    }

    private uint Fill(DescriptorChain chain, ulong count)
    {
        switch (Operation)
        {
            case SlowOperation.Copy:
            case SlowOperation.Grown:
                var small = new WriteOut { Count = (uint)count };
                chain.CopyTo(OutHeader.Size, MemoryMarshal.AsBytes(new ReadOnlySpan<WriteOut>(in small)));
                return WriteOut.Size;
            case SlowOperation.Copy64:
                var large = new CopyFileRangeOut { Count = count };
                chain.CopyTo(OutHeader.Size, MemoryMarshal.AsBytes(new ReadOnlySpan<CopyFileRangeOut>(in large)));
                return CopyFileRangeOut.Size;
            default:
                return 0;
        }
    }
}
