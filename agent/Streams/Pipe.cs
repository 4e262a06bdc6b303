using KataShimNet.AgentProto.Kata;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Streams;

/// <summary>Makes the pipes between a process and us.</summary>
internal static unsafe class Pipe
{
    /// <summary>A pipe for output: our end does not block, the process's end does.</summary>
    public static (OwnedFd Ours, OwnedFd Theirs) ForOutput()
    {
        var (read, write) = Create();
        SetNonBlocking(read);
        return (read, write);
    }

    /// <summary>A pipe for input: our end does not block, the process's end does.</summary>
    public static (OwnedFd Ours, OwnedFd Theirs) ForInput()
    {
        var (read, write) = Create();
        SetNonBlocking(write);
        return (write, read);
    }

    /// <summary>Makes a descriptor non-blocking (O_NONBLOCK).</summary>
    /// <param name="fd">The descriptor.</param>
    public static void SetNonBlocking(OwnedFd fd)
    {
        var flags = LinuxException.Check(Fcntl.fcntl(fd.Fd, Fcntl.F_GETFL, 0), "fcntl", "F_GETFL");
        LinuxException.Check(Fcntl.fcntl(fd.Fd, Fcntl.F_SETFL, flags | Fcntl.O_NONBLOCK), "fcntl", "F_SETFL");
    }

    private static (OwnedFd Read, OwnedFd Write) Create()
    {
        var fds = stackalloc int[2];
        LinuxException.Check(Unistd.pipe2(fds, Fcntl.O_CLOEXEC), "pipe2");
        // As large as what one call carries, so that a busy stream needs few calls. A refusal leaves it at 64 KiB, which works too.
        _ = Fcntl.fcntl(fds[0], Fcntl.F_SETPIPE_SZ, GuestContract.StreamChunk);
        return (new OwnedFd(fds[0]), new OwnedFd(fds[1]));
    }
}
