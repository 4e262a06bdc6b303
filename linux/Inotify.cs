using System;
using System.Collections.Generic;
using System.Text;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>What happened in a watched folder.</summary>
/// <param name="Watch">The watch; −1 with IN_Q_OVERFLOW.</param>
/// <param name="Mask">IN_ bits.</param>
/// <param name="Name">The name in the folder; empty when it is about the folder itself.</param>
public readonly record struct InotifyEvent(int Watch, uint Mask, string Name);

/// <summary>Tells what changes in folders (inotify(7)).</summary>
public sealed unsafe class Inotify : IDisposable
{
    // Room for an event with the longest name, several times over.
    private const int BufferSize = 16 * 1024;

    /// <summary>Makes an instance that watches nothing yet.</summary>
    /// <exception cref="LinuxException">The user has too many (EMFILE; sysctl fs.inotify.max_user_instances).</exception>
    public Inotify() =>
        Fd = OwnedFd.FromCall(SysInotify.inotify_init1(SysInotify.IN_CLOEXEC | SysInotify.IN_NONBLOCK), "inotify_init1");

    /// <summary>Readable when something has happened.</summary>
    public OwnedFd Fd { get; }

    /// <summary>Watches a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="mask">IN_ bits of the events wanted.</param>
    /// <returns>The watch: the same again for the same folder.</returns>
    /// <exception cref="LinuxException">ENOSPC: sysctl fs.inotify.max_user_watches.</exception>
    public int Add(string path, uint mask) =>
        LinuxException.Check(SysInotify.inotify_add_watch(Fd.Fd, path, mask | SysInotify.IN_ONLYDIR), "inotify_add_watch", path);

    /// <summary>Ends a watch; one that has ended by itself is no error.</summary>
    /// <param name="watch">From <see cref="Add"/>.</param>
    public void Remove(int watch) => _ = SysInotify.inotify_rm_watch(Fd.Fd, watch);

    /// <summary>Reads what has happened; nothing when nothing has.</summary>
    public IReadOnlyList<InotifyEvent> Read()
    {
        var events = new List<InotifyEvent>();
        var buffer = stackalloc byte[BufferSize];
        var length = Unistd.read(Fd.Fd, buffer, BufferSize);
        for (nint at = 0; at + SysInotify.EventHeaderSize <= length;)
        {
            // struct inotify_event: wd, mask, cookie, len, each of 4 bytes; then the name, padded with NULs to len.
            var header = new ReadOnlySpan<int>(buffer + at, 4);
            var name = new ReadOnlySpan<byte>(buffer + at + SysInotify.EventHeaderSize, header[3]).TrimEnd((byte)0);
            events.Add(new InotifyEvent(header[0], (uint)header[1], Encoding.UTF8.GetString(name)));
            at += SysInotify.EventHeaderSize + header[3];
        }

        return events;
    }

    /// <inheritdoc/>
    public void Dispose() => Fd.Dispose();
}
