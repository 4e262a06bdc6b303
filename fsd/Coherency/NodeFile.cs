using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency;

/// <summary>A file of the node's folder that all daemons map, keepers and workers.</summary>
internal sealed unsafe class NodeFile : IDisposable
{
    private readonly OwnedFd _file;
    private readonly int _size;

    private NodeFile(OwnedFd file, int size, byte* memory)
    {
        _file = file;
        _size = size;
        Memory = memory;
    }

    /// <summary>Its bytes: others write them too.</summary>
    public byte* Memory { get; }

    /// <summary>Opens a file, or makes it, full of zeros.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="size">Its size.</param>
    /// <exception cref="LinuxException">What the kernel says.</exception>
    public static OwnedFd Open(string path, int size)
    {
        var file = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_CLOEXEC | Fcntl.O_NOFOLLOW, 0x180), "open", path);
        LinuxException.Check(Unistd.ftruncate(file.Fd, size), "ftruncate", path);
        return file;
    }

    /// <summary>Maps a file.</summary>
    /// <param name="file">The file; owned from here on.</param>
    /// <param name="size">Its size.</param>
    /// <param name="name">Its name, for an error.</param>
    /// <exception cref="LinuxException">What mmap(2) says.</exception>
    public static NodeFile Map(OwnedFd file, int size, string name)
    {
        var map = SysMman.mmap(0, (nuint)size, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED, file.Fd, 0);
        if (map == -1)
            LinuxException.ThrowLast("mmap", name);
        return new NodeFile(file, size, (byte*)map);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = SysMman.munmap((nint)Memory, (nuint)_size);
        _file.Dispose();
    }
}
