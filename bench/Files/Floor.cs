using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using KataShimNet.Bench.Files.Measuring;
using KataShimNet.Bench.Files.Workloads;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Bench.Files;

/// <summary>What the host's kernel alone takes for an operation: the least system calls, made by this process on the same files.</summary>
internal sealed unsafe class Floor : IDisposable
{
    private const int Batch = 1000;

    private readonly OwnedFd _read;
    private readonly OwnedFd _write;
    private readonly OwnedFd _known;
    private readonly OwnedFd _large;
    private readonly OwnedFd _empty;
    private readonly byte* _buffer = (byte*)NativeMemory.AllocZeroed(1 << 20);
    private readonly byte[][] _names = [.. Enumerable.Range(0, FileTree.KnownFiles).Select(i => Encoding.ASCII.GetBytes(Attributes.NameOf(i) + '\0'))];
    private readonly Random _random = new(1);

    public Floor(FileTree tree)
    {
        _read = Open(tree, FileTree.ReadFile, Fcntl.O_RDONLY);
        _write = Open(tree, FileTree.WriteFile, Fcntl.O_WRONLY);
        _known = Open(tree, FileTree.KnownFolder, Fcntl.O_RDONLY);
        _large = Open(tree, FileTree.LargeFolder, Fcntl.O_RDONLY);
        _empty = Open(tree, FileTree.EmptyFolder, Fcntl.O_RDONLY);
    }

    /// <summary>Nanoseconds of a unit: the median of several batches.</summary>
    public double Measure(FileRow row)
    {
        Processors.PinThread(1);
        try
        {
            _ = row.Floor(this);
            var batches = new double[15];
            for (int i = 0; i < batches.Length; i++)
            {
                long began = Stopwatch.GetTimestamp();
                int units = row.Floor(this);
                batches[i] = Stopwatch.GetElapsedTime(began).TotalNanoseconds / units;
            }
            return batches.Order().ElementAt(batches.Length / 2);
        }
        finally
        {
            Processors.PinThread(Processors.All);
        }
    }

    public int Read(int size) => Transfer(_read, size, static (fd, buffer, size, offset) => Unistd.pread(fd, (void*)buffer, size, offset));

    public int Write(int size) => Transfer(_write, size, static (fd, buffer, size, offset) => Unistd.pwrite(fd, (void*)buffer, size, offset));

    /// <summary>statx of a name, or of the folder's own descriptor.</summary>
    public int Stat(bool byName)
    {
        Statx statx;
        byte empty = 0;
        for (int i = 0; i < Batch; i++)
        {
            fixed (byte* name = _names[i])
            {
                // A LOOKUP of something known and a GETATTR take one each.
                if (byName)
                    LinuxException.Check(SysStat.statx(_known.Fd, name, Fcntl.AT_SYMLINK_NOFOLLOW, SysStat.STATX_BASIC_STATS, &statx), "statx");
                LinuxException.Check(SysStat.statx(_read.Fd, &empty, Fcntl.AT_EMPTY_PATH, SysStat.STATX_BASIC_STATS, &statx), "statx");
            }
        }
        return Batch;
    }

    public int Cycle()
    {
        fixed (byte* name = "floor\0"u8)
        {
            for (int i = 0; i < Batch; i++)
            {
                int fd = Fcntl.openat(_empty.Fd, name, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_CLOEXEC, 0x1a4);
                LinuxException.Check(fd, "openat");
                LinuxException.Check(Unistd.pwrite(fd, _buffer, 4096, 0), "pwrite");
                _ = Unistd.close(fd);
                LinuxException.Check(Unistd.unlinkat(_empty.Fd, name, 0), "unlinkat");
            }
        }
        return Batch;
    }

    /// <summary>getdents64 and a statx for each name.</summary>
    public int Walk()
    {
        int entries = 0;
        Statx statx;
        LinuxException.Check((int)Unistd.lseek(_large.Fd, 0, Unistd.SEEK_SET), "lseek");
        while (true)
        {
            int length = (int)SysSyscall.syscall(SysSyscall.SYS_getdents64, _large.Fd, (nint)_buffer, 32 * 1024, 0, 0, 0);
            LinuxException.Check(length, "getdents64");
            if (length == 0)
                return entries;
            for (int at = 0; at < length; at += *(ushort*)(_buffer + at + 16), entries++)
                LinuxException.Check(SysStat.statx(_large.Fd, _buffer + at + 19, Fcntl.AT_SYMLINK_NOFOLLOW, SysStat.STATX_BASIC_STATS, &statx), "statx");
        }
    }

    public void Dispose()
    {
        foreach (OwnedFd fd in (OwnedFd[])[_read, _write, _known, _large, _empty])
            fd.Dispose();
        NativeMemory.Free(_buffer);
    }

    private delegate nint Call(int fd, nint buffer, nuint size, long offset);

    private int Transfer(OwnedFd file, int size, Call call)
    {
        int count = size > 4096 ? 20 : Batch;
        for (int i = 0; i < count; i++)
        {
            long offset = _random.Next((64 << 20) / size) * (long)size;
            if (call(file.Fd, (nint)_buffer, (nuint)size, offset) != size)
                LinuxException.ThrowLast("pread or pwrite");
        }
        return count;
    }

    private static OwnedFd Open(FileTree tree, string name, int flags) =>
        OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, Path.Combine(tree.Root, name), flags | Fcntl.O_CLOEXEC, 0), "open", name);
}
