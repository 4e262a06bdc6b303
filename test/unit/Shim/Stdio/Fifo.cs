using System;
using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Stdio;

/// <summary>A fifo in a folder of its own.</summary>
internal sealed class Fifo : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("katanet-");

    public Fifo()
    {
        Path = System.IO.Path.Combine(_folder.FullName, "fifo");
        Assert.Equal(0, SysStat.mkfifo(Path, 0x180));
    }

    public string Path { get; }

    public OwnedFd Open(int flags) =>
        OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, Path, flags | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, 0), "open", Path);

    /// <summary>Reads once: −1 when there is nothing now, 0 at the end.</summary>
    public static unsafe int Read(OwnedFd fd, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
            return (int)Unistd.read(fd.Fd, bytes, (nuint)buffer.Length);
    }

    public static unsafe void Write(OwnedFd fd, ReadOnlySpan<byte> data)
    {
        fixed (byte* bytes = data)
            Assert.Equal(data.Length, (int)Unistd.write(fd.Fd, bytes, (nuint)data.Length));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
