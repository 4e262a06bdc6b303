using System;
using System.Buffers.Text;
using System.Threading;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency.Guard;

/// <summary>The system call that a thread of any process waits in (proc_pid_syscall(5)): an event of fanotify does not say what is about to happen.</summary>
internal static unsafe class ForeignCall
{
    /// <summary>What is no cut.</summary>
    public const long NoCut = -1;

    // x86-64.
    private const int SYS_open = 2;
    private const int SYS_truncate = 76;
    private const int SYS_ftruncate = 77;
    private const int SYS_creat = 85;
    private const int SYS_openat = 257;
    private const int SYS_fallocate = 285;
    private const int SYS_openat2 = 437;

    // The thread has told of the event before it goes to sleep.
    private const int MostLooks = 200;

    /// <summary>Where a file will end if the thread goes on.</summary>
    /// <param name="thread">Its id.</param>
    /// <param name="size">The file's size.</param>
    /// <returns><see cref="NoCut"/> when the file does not become shorter; also for a thread that has ended.</returns>
    public static long EndAfter(int thread, long size)
    {
        Span<byte> line = stackalloc byte[256];
        for (var looks = 0; looks < MostLooks && TryRead(thread, line, out var length); looks++)
        {
            if (Parse(line[..length], thread, size) is { } end)
                return end;
            Thread.Yield();
        }

        return NoCut;
    }

    /// <summary>Whether a thread may still be in a call that it was let go on with.</summary>
    /// <param name="thread">Its id.</param>
    /// <param name="size">The file's size.</param>
    /// <param name="end">Where the file ends by that call.</param>
    /// <returns>Also true for a thread that runs: whether in that call is not to be seen.</returns>
    public static bool MayCut(int thread, long size, long end)
    {
        Span<byte> line = stackalloc byte[256];
        return TryRead(thread, line, out var length) && (Parse(line[..length], thread, size) ?? end) == end;
    }

    /// <summary>Reads the line of a call.</summary>
    /// <param name="line">Number and arguments in hexadecimal; "running" for a thread that is in none.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="size">The file's size.</param>
    /// <returns>As <see cref="EndAfter"/>; null when the thread is on its way.</returns>
    internal static long? Parse(ReadOnlySpan<byte> line, int thread, long size)
    {
        if (!Utf8Parser.TryParse(line, out int number, out _))
            return line.StartsWith("running"u8) ? null : NoCut;
        return number switch
        {
            SYS_truncate or SYS_ftruncate when line.Count((byte)' ') > 2 => Shorter((long)Argument(line, 1), size),
            SYS_creat => Shorter(0, size),
            SYS_open => Opened(Argument(line, 1), size),
            SYS_openat => Opened(Argument(line, 2), size),
            SYS_openat2 => Opened(FlagsAt(thread, Argument(line, 2)), size),
            SYS_fallocate when (Argument(line, 1) & Fcntl.FALLOC_FL_COLLAPSE_RANGE) != 0 => Math.Max(0, size - (long)Argument(line, 3)),
            _ => NoCut,
        };
    }

    private static long Opened(ulong flags, long size) => (flags & Fcntl.O_TRUNC) != 0 ? Shorter(0, size) : NoCut;

    private static long Shorter(long end, long size) => end >= 0 && end < size ? end : NoCut;

    // Word 0 is the number; each argument is hexadecimal.
    private static ulong Argument(ReadOnlySpan<byte> line, int index)
    {
        for (var word = 0; word <= index; word++)
            line = line[(line.IndexOf((byte)' ') + 1)..];
        return line.StartsWith("0x"u8) && Utf8Parser.TryParse(line[2..], out ulong value, out _, 'x') ? value : 0;
    }

    // The first field of struct open_how, in the memory of the thread. What cannot be read cuts.
    private static ulong FlagsAt(int thread, ulong address)
    {
        var fd = Open(thread, "mem"u8);
        if (fd < 0)
            return Fcntl.O_TRUNC;
        ulong flags;
        var count = Unistd.pread(fd, &flags, sizeof(ulong), (long)address);
        _ = Unistd.close(fd);
        return count == sizeof(ulong) ? flags : Fcntl.O_TRUNC;
    }

    private static bool TryRead(int thread, Span<byte> line, out int length)
    {
        length = 0;
        var fd = Open(thread, "syscall"u8);
        if (fd < 0)
            return false;
        nint count;
        fixed (byte* bytes = line)
            count = Unistd.read(fd, bytes, (nuint)line.Length);
        _ = Unistd.close(fd);
        length = (int)count;
        return count > 0;
    }

    private static int Open(int thread, ReadOnlySpan<byte> name)
    {
        var path = stackalloc byte[48];
        var room = new Span<byte>(path, 48);
        "/proc/"u8.CopyTo(room);
        _ = Utf8Formatter.TryFormat(thread, room[6..], out var digits);
        room[6 + digits] = (byte)'/';
        name.CopyTo(room[(7 + digits)..]);
        room[7 + digits + name.Length] = 0;
        return Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    }
}
