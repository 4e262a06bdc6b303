using System;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// The directory /proc/self/fd, held open: opening entry N there opens the file behind descriptor N anew, with other flags. It
/// still works when the worker's root has no /proc.
/// </summary>
internal sealed unsafe class ProcFd : IDisposable
{
    /// <summary>Room for a number and its NUL.</summary>
    public const int NumberSize = 12;

    private readonly OwnedFd _directory;

    /// <summary>Takes the directory over from the keeper, which sees a /proc.</summary>
    /// <param name="directory">/proc/PID/fd of this process.</param>
    public ProcFd(OwnedFd directory) => _directory = directory;

    /// <summary>Opens the directory.</summary>
    /// <exception cref="LinuxException">There is no /proc.</exception>
    public ProcFd() => _directory = OwnedFd.FromCall(
        Fcntl.openat(Fcntl.AT_FDCWD, "/proc/self/fd", Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "openat", "/proc/self/fd");

    /// <summary>Its descriptor.</summary>
    public int Fd => _directory.Fd;

    /// <summary>Closes descriptors that can be spared, and tells whether there were any: for when the process has none left.</summary>
    public Func<bool> Relieve { get; set; } = static () => false;

    /// <summary>Opens the file behind a descriptor anew.</summary>
    /// <param name="fd">Usually an O_PATH descriptor.</param>
    /// <param name="flags">O_ flags; O_CLOEXEC is added.</param>
    /// <returns>A descriptor, or −1 with errno.</returns>
    public int Reopen(int fd, int flags)
    {
        var number = stackalloc byte[NumberSize];
        Format(fd, number);
        return Open(Fd, number, flags, 0);
    }

    /// <summary>openat(2), made once more when the process had no descriptor left and some could be closed.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">One component, NUL-terminated.</param>
    /// <param name="flags">O_ flags; O_CLOEXEC is added.</param>
    /// <param name="mode">For a new file.</param>
    /// <returns>A descriptor, or −1 with errno.</returns>
    public int Open(int directory, byte* name, int flags, uint mode)
    {
        var fd = Fcntl.openat(directory, name, flags | Fcntl.O_CLOEXEC, mode);
        if (fd >= 0)
            return fd;
        var error = LinuxException.LastErrno;
        if (error is not (Errno.EMFILE or Errno.ENFILE))
            return fd;
        if (Relieve())
            return Fcntl.openat(directory, name, flags | Fcntl.O_CLOEXEC, mode);
        Marshal.SetLastPInvokeError((int)error);
        return -1;
    }

    /// <summary>Writes the name of a descriptor's entry.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <param name="target">Room for <see cref="NumberSize"/> bytes.</param>
    public static void Format(int fd, byte* target)
    {
        Utf8Formatter.TryFormat(fd, new Span<byte>(target, NumberSize - 1), out var length);
        target[length] = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _directory.Dispose();
}
