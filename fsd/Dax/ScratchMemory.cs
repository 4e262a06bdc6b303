using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Dax;

/// <summary>
/// Memory that is mapped where a file is not any more, a byte for each of the window: a bare hole there would swallow what the guest
/// stores, and a page past a file's end would end QEMU. It is sparse, and never larger than the window.
/// </summary>
internal sealed class ScratchMemory : IDisposable
{
    private ScratchMemory(OwnedFd file) => File = file;

    /// <summary>The memory; a byte's place here is its place in the window.</summary>
    public OwnedFd File { get; }

    /// <summary>Makes it.</summary>
    /// <param name="size">Bytes of the window.</param>
    /// <exception cref="LinuxException">memfd_create(2) or ftruncate(2) failed.</exception>
    public static ScratchMemory Create(long size)
    {
        var file = OwnedFd.FromCall(SysMman.memfd_create("katanet-scratch", SysMman.MFD_CLOEXEC | SysMman.MFD_ALLOW_SEALING), "memfd_create");
        try
        {
            LinuxException.Check(Unistd.ftruncate(file.Fd, size), "ftruncate", "scratch memory");
            // QEMU has a descriptor of it too.
            LinuxException.Check(
                Fcntl.fcntl(file.Fd, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW), "fcntl", "F_ADD_SEALS");
            return new ScratchMemory(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes a part of it zero again and gives its memory back.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes.</param>
    public void Clear(long offset, long length) =>
        _ = Fcntl.fallocate(File.Fd, Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE, offset, length);

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();
}
