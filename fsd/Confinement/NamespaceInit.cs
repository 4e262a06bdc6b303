using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>
/// First process of the worker's pid namespace: it only waits for its end, and the kernel then kills whoever else is in there.
/// The worker cannot be it: what the worker clones must be able to have the keeper as its parent, which is refused to a namespace's
/// first process, and a namespace ends with it, while workers come and go.
/// </summary>
/// <remarks>
/// It ends when the write end of a pipe is closed, which only the keeper has: a signal at the keeper's death could be asked for only
/// once the child runs, and a keeper that had died by then would leave the child behind, as the parent of a namespace's first process
/// always has the id 0 there.
/// </remarks>
internal sealed class NamespaceInit : IDisposable
{
    private readonly OwnedFd _lifeline;

    private NamespaceInit(OwnedFd process, OwnedFd lifeline) => (Process, _lifeline) = (process, lifeline);

    /// <summary>Its pidfd.</summary>
    public OwnedFd Process { get; }

    /// <summary>Starts it from the calling thread, whose other namespaces and root it gets.</summary>
    /// <exception cref="LinuxException">EPERM: CAP_SYS_ADMIN is missing.</exception>
    public static unsafe NamespaceInit Start()
    {
        var ends = stackalloc int[2];
        LinuxException.Check(Unistd.pipe2(ends, Fcntl.O_CLOEXEC), "pipe2");
        using var theirs = new OwnedFd(ends[0]);
        var ours = new OwnedFd(ends[1]);
        if (IdleChild.StartHanging("fsd-init\0"u8, Sched.CLONE_NEWPID, theirs) is { } process)
            return new NamespaceInit(process, ours);
        ours.Dispose();
        throw new LinuxException(Errno.EPERM, "clone", "CLONE_NEWPID: a pid namespace needs CAP_SYS_ADMIN; --sandbox=none does without");
    }

    /// <summary>Ends it and all processes of its namespace.</summary>
    public void Dispose()
    {
        _lifeline.Dispose();
        Process.Dispose();
    }
}
