using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.Rings;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Locks;

/// <summary>A request that waits for a lock. Pooled; guarded by the lock of its table.</summary>
internal sealed class LockWaiter
{
    /// <summary>The request's chain, which is this object's until it is completed.</summary>
    public DescriptorChain Chain = null!;

    /// <summary>Number of the request.</summary>
    public ulong Unique;

    /// <summary>The file.</summary>
    public ulong NodeId;

    /// <summary>What is wanted.</summary>
    public LkIn Wanted;

    /// <summary>Whether it is for flock(2).</summary>
    public bool Flock;

    /// <summary>The open file; its descriptor stays while this waits.</summary>
    public HandlePin File;

    /// <summary>Whether a thread waits for it in the host's kernel.</summary>
    public bool HasThread;

    /// <summary>Number of that thread once it runs, or 0.</summary>
    public int ThreadId;

    /// <summary>Why it shall not wait any longer.</summary>
    public Errno Ended;

    /// <summary>Counts the uses of the object.</summary>
    public int Life;

    /// <summary>The last search for a deadlock that came by.</summary>
    public int Visited;

    /// <summary>Takes a request up.</summary>
    public void Begin(Request request, HandlePin file, in LkIn wanted, bool flock)
    {
        Chain = request.Chain;
        Unique = request.Header.Unique;
        NodeId = request.Header.NodeId;
        File = file;
        Wanted = wanted;
        Flock = flock;
        HasThread = false;
        ThreadId = 0;
        Ended = Errno.None;
    }

    /// <summary>Answers the request and lets go of everything.</summary>
    public void Answer(Errno error)
    {
        Life++;
        // Before the answer: who sees the answer may count descriptors.
        File.Dispose();
        File = default;
        var chain = Chain;
        Chain = null!;
        chain.Complete((uint)Reply.Write(chain, Unique, error, 0));
    }
}
