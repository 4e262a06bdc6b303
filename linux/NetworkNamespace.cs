using System;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Threading;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>Network namespaces (network_namespaces(7)), held by descriptor: nothing is mounted, and the last descriptor or process ends one.</summary>
public static class NetworkNamespace
{
    private const string Own = "/proc/thread-self/ns/net";

    /// <summary>Opens one by the path of a file that stands for it, such as <c>/run/netns/x</c> or <c>/proc/123/ns/net</c>.</summary>
    /// <exception cref="LinuxException">There is no such file.</exception>
    public static OwnedFd Open(string path) =>
        OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), "open", path);

    /// <summary>The calling thread's own.</summary>
    public static OwnedFd OpenOwn() => Open(Own);

    /// <summary>Whether it is the one that this process is in.</summary>
    /// <param name="netns">The namespace.</param>
    public static bool IsOwn(OwnedFd netns)
    {
        ArgumentNullException.ThrowIfNull(netns);
        return new FileInfo($"/proc/self/fd/{netns.Fd}").LinkTarget == new FileInfo("/proc/self/ns/net").LinkTarget;
    }

    /// <summary>Makes a new one, empty but for a loopback device that is down.</summary>
    /// <exception cref="LinuxException">It cannot be made (EPERM, ENOSPC).</exception>
    public static OwnedFd Create() => OnThread(static () =>
    {
        LinuxException.Check(Sched.unshare(Sched.CLONE_NEWNET), "unshare", "CLONE_NEWNET");
        return OpenOwn();
    });

    /// <summary>Runs something on a thread of its own that is in a namespace; sockets and taps that it opens belong there for good.</summary>
    /// <param name="netns">The namespace.</param>
    /// <param name="work">What to run; its exceptions reach the caller.</param>
    /// <exception cref="LinuxException">The descriptor is no network namespace (EINVAL).</exception>
    public static T Run<T>(OwnedFd netns, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(netns);
        ArgumentNullException.ThrowIfNull(work);
        return OnThread(() =>
        {
            LinuxException.Check(Sched.setns(netns.Fd, Sched.CLONE_NEWNET), "setns", "CLONE_NEWNET");
            return work();
        });
    }

    private static T OnThread<T>(Func<T> work)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    result = work();
                }
                catch (Exception e)
                {
                    failure = ExceptionDispatchInfo.Capture(e);
                }
            },
            256 * 1024)
        { IsBackground = true, Name = "netns" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}
