using System.Collections.Generic;
using System.Globalization;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>
/// What keeper and worker do together before the first request: the worker sees no /proc, so it gets the one directory of it that it
/// needs from the keeper, in the first packet of the device channel.
/// </summary>
internal static class WorkerConfinement
{
    /// <summary>Keeper: sends a new worker its /proc/PID/fd.</summary>
    /// <param name="channel">Our end of its device channel.</param>
    /// <param name="pid">Its process id, as we see it.</param>
    /// <param name="mode">In a namespace of its own, the directory has nothing above it.</param>
    /// <exception cref="LinuxException">The worker has ended, or the keeper has no /proc.</exception>
    public static void GiveProcFd(OwnedFd channel, int pid, SandboxMode mode)
    {
        var path = $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/fd";
        using var directory = mode == SandboxMode.Namespace
            ? DetachedMount.Clone(path, recursive: false)
            : OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", path);
        // The socket stays the caller's.
        new FdSocket(channel).Send([0], [directory.Fd]);
    }

    /// <summary>Worker: takes it, and leaves the directory that it was started in.</summary>
    /// <param name="channel">Our end of the device channel; stays the caller's.</param>
    /// <exception cref="LinuxException">EPROTO: the keeper has ended or sent something else.</exception>
    public static ProcFd TakeProcFd(OwnedFd channel)
    {
        var fds = new List<OwnedFd>();
        if (new FdSocket(channel).Receive(stackalloc byte[16], fds) != 1 || fds.Count != 1)
            throw new LinuxException(Errno.EPROTO, "channel", "the keeper did not send /proc/self/fd");
        LinuxException.Check(Unistd.chdir("/"), "chdir", "/");
        return new ProcFd(fds[0]);
    }
}
