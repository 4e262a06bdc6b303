using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Containers;

/// <summary>A file of a cgroup that tells of its changes through poll(2): cgroup.events, memory.events.</summary>
internal sealed class CgroupEvents : IDisposable
{
    // These files hold a handful of short lines.
    private const int Size = 1024;

    private readonly OwnedFd _fd;
    private readonly string _path;

    private CgroupEvents(OwnedFd fd, string path) => (_fd, _path) = (fd, path);

    /// <summary>Opens the file.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="LinuxException">ENOENT: the group is gone, or its controller is off.</exception>
    public static CgroupEvents Open(string path) =>
        new(OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), "open", path), path);

    /// <summary>What the file says now; a change from here on ends <see cref="ChangedAsync"/>.</summary>
    /// <exception cref="LinuxException">ENODEV: the group is gone.</exception>
    public unsafe IReadOnlyDictionary<string, ulong> Read()
    {
        var buffer = stackalloc byte[Size];
        var count = LinuxException.Check(Unistd.pread(_fd.Fd, buffer, Size, 0), "read", _path);
        return ContainerCgroup.ParseFields(Encoding.ASCII.GetString(buffer, (int)count));
    }

    /// <summary>Waits until the file says something else than at the last read.</summary>
    /// <param name="poller">Waits.</param>
    /// <param name="cancel">Gives up.</param>
    public Task ChangedAsync(FdPoller poller, CancellationToken cancel) => poller.WaitAsync(_fd, Poll.POLLPRI, cancel);

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
