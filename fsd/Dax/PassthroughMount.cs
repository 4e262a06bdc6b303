using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Threading;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Dax;

/// <summary>
/// A FUSE file system of the daemon's own on the host, which nobody sees: a file opened there claims a size of 2^60 bytes, and what is
/// mapped of it is, by the kernel's passthrough, the page cache of a real file. QEMU refuses to map past the end of a file, but
/// maps such a one whole, whatever the real file's size is or becomes.
/// </summary>
/// <remarks>
/// Linux 6.9 and CAP_SYS_ADMIN are needed. Served by a thread of the keeper, and only the keeper opens files here: a process that waits for
/// itself could not even be killed. A backing file is opened with the keeper's rights, so what may not be written has to be
/// opened for reading alone.
/// </remarks>
internal sealed unsafe class PassthroughMount : IDisposable
{
    // The lower bits of a name are the id of its backing file, those above make each name a new one.
    private const int BackingBits = 20;

    private readonly OwnedFd _device;
    private readonly OwnedFd _root;
    private long _lastName;

    // The file behind each node that somebody has open. Guarded by itself; pulsed when a node leaves.
    private readonly Dictionary<ulong, FileIdentity> _open = [];

    private PassthroughMount(OwnedFd device, OwnedFd root) => (_device, _root) = (device, root);

    /// <summary>Makes the file system. Nobody serves it yet, so it must not be looked at.</summary>
    /// <exception cref="LinuxException">The host cannot: no /dev/fuse, or CAP_SYS_ADMIN is missing.</exception>
    public static PassthroughMount Create()
    {
        var device = OwnedFd.FromCall(
            Fcntl.openat(Fcntl.AT_FDCWD, "/dev/fuse", Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0), "open", "/dev/fuse");
        try
        {
            return new PassthroughMount(device, Mount(device));
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Begins to serve it, by a thread with the rights of the caller's. Backing files cannot be registered before INIT is
    /// through, which a first look at the mount waits for.</summary>
    /// <exception cref="LinuxException">EOPNOTSUPP: the kernel is older than 6.9, or was built without passthrough.</exception>
    public void Serve()
    {
        var server = PassthroughServer.Start(_device, Released);
        Statx status;
        var name = stackalloc byte[2] { (byte)'1', 0 };
        LinuxException.Check(
            SysStat.statx(_root.Fd, name, Fcntl.AT_SYMLINK_NOFOLLOW, SysStat.STATX_BASIC_STATS, &status), "statx", "passthrough mount");
        if (!server.CanPassThrough)
            throw new LinuxException(Errno.EOPNOTSUPP, "passthrough mount", "Linux 6.9 and CONFIG_FUSE_PASSTHROUGH are needed");
    }

    /// <summary>Opens a file by way of the mount.</summary>
    /// <param name="file">A regular file: O_PATH is enough, and it need not have a name any more.</param>
    /// <param name="identity">Which one it is, for <see cref="AwaitReleased"/>.</param>
    /// <param name="writable">Whether what is mapped of it may be written.</param>
    /// <param name="node">For <see cref="AwaitReleased"/>.</param>
    /// <returns>A descriptor to be mapped, at any offset below 2^60.</returns>
    /// <exception cref="LinuxException">ELOOP: the file is on a file system that is stacked too deep; or what open(2) says of the file itself.</exception>
    public OwnedFd Open(OwnedFd file, FileIdentity identity, bool writable, out ulong node)
    {
        var map = new BackingMap { Fd = file.Fd };
        var backing = SysIoctl.ioctl(_device.Fd, SysIoctl.FUSE_DEV_IOC_BACKING_OPEN, &map);
        LinuxException.Check(backing, "ioctl", "FUSE_DEV_IOC_BACKING_OPEN");
        try
        {
            var name = node = ((ulong)Interlocked.Increment(ref _lastName) << BackingBits) | (uint)backing;
            var text = stackalloc byte[24];
            Encoding.ASCII.GetBytes(name.ToString(CultureInfo.InvariantCulture), new Span<byte>(text, 23));
            var opened = OwnedFd.FromCall(
                Fcntl.openat(_root.Fd, text, (writable ? Fcntl.O_RDWR : Fcntl.O_RDONLY) | Fcntl.O_CLOEXEC, 0), "open", "passthrough");
            // It cannot be released before we have closed ours.
            lock (_open)
                _open.Add(name, identity);
            return opened;
        }
        finally
        {
            // What is open keeps it.
            var id = (uint)backing;
            _ = SysIoctl.ioctl(_device.Fd, SysIoctl.FUSE_DEV_IOC_BACKING_CLOSE, &id);
        }
    }

    /// <summary>
    /// Waits until nobody reaches a file by what was unmapped: QEMU closes it when it has taken its own memory map away, which can be some 50 ms
    /// after it has answered, and until then its processors may still reach the file.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="mapped">Nodes that are mapped, and are not waited for.</param>
    /// <param name="limit">How long at most.</param>
    /// <returns>False when somebody still does.</returns>
    public bool AwaitReleased(FileIdentity file, HashSet<ulong> mapped, TimeSpan limit)
    {
        var end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        lock (_open)
        {
            while (IsOpen(file, mapped))
            {
                var left = end - Environment.TickCount64;
                if (left <= 0)
                    return false;
                Monitor.Wait(_open, (int)left);
            }
        }

        return true;
    }

    /// <summary>The backing file's id, of a node id of the mount.</summary>
    public static int BackingOf(ulong node) => (int)(node & ((1 << BackingBits) - 1));

    /// <summary>Ends the file system; what was opened of it stays mapped.</summary>
    public void Dispose()
    {
        _root.Dispose();
        _device.Dispose();
    }

    private bool IsOpen(FileIdentity file, HashSet<ulong> except)
    {
        foreach (var (node, identity) in _open)
        {
            if (identity == file && !except.Contains(node))
                return true;
        }

        return false;
    }

    private void Released(ulong node)
    {
        lock (_open)
        {
            _open.Remove(node);
            Monitor.PulseAll(_open);
        }
    }

    private static OwnedFd Mount(OwnedFd device)
    {
        using var context = DetachedMount.OpenFileSystem("fuse");
        DetachedMount.SetString(context, "source", "katanet-dax");
        DetachedMount.SetString(context, "fd", device.Fd.ToString(CultureInfo.InvariantCulture));
        DetachedMount.SetString(context, "rootmode", "40000");
        DetachedMount.SetString(context, "user_id", "0");
        DetachedMount.SetString(context, "group_id", "0");
        // QEMU is another user; it asks for the size.
        DetachedMount.SetFlag(context, "allow_other");
        return DetachedMount.Mount(context, SysMount.MOUNT_ATTR_NOSUID | SysMount.MOUNT_ATTR_NODEV | SysMount.MOUNT_ATTR_NOEXEC);
    }
}
