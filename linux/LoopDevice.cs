using System;
using System.Globalization;
using System.Runtime.InteropServices;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>A file as a block device (loop(4)). It lets go of the file by itself when neither this object nor a mount uses it.</summary>
public sealed unsafe class LoopDevice : IDisposable
{
    private const string Control = "/dev/loop-control";

    private readonly OwnedFd _fd;

    private LoopDevice(string path, OwnedFd fd) => (Path, _fd) = (path, fd);

    /// <summary>Path of the device.</summary>
    public string Path { get; }

    /// <summary>Attaches a file to a free device.</summary>
    /// <param name="file">Path of the file.</param>
    /// <param name="readOnly">Whether it is opened for reading alone.</param>
    /// <param name="direct">Whether the page cache of the file's own file system is passed by.</param>
    /// <exception cref="LinuxException">The file cannot be opened, there is no device, or the file system cannot do direct input and output.</exception>
    public static LoopDevice Attach(string file, bool readOnly, bool direct)
    {
        var access = readOnly ? Fcntl.O_RDONLY : Fcntl.O_RDWR;
        using var backing = Open(file, access);
        using var control = Open(Control, Fcntl.O_RDWR);
        var config = new LoopConfig
        {
            Fd = (uint)backing.Fd,
            Flags = LinuxLoop.LO_FLAGS_AUTOCLEAR | (readOnly ? LinuxLoop.LO_FLAGS_READ_ONLY : 0) | (direct ? LinuxLoop.LO_FLAGS_DIRECT_IO : 0),
        };
        while (true)
        {
            var number = LinuxException.Check(SysIoctl.ioctl(control.Fd, LinuxLoop.LOOP_CTL_GET_FREE, null), "LOOP_CTL_GET_FREE", Control);
            var path = string.Create(CultureInfo.InvariantCulture, $"/dev/loop{number}");
            var device = Open(path, access);
            if (SysIoctl.ioctl(device.Fd, LinuxLoop.LOOP_CONFIGURE, &config) == 0)
                return new LoopDevice(path, device);
            var errno = LinuxException.LastErrno;
            device.Dispose();
            // Free devices are not handed out: somebody else was faster with this one.
            if (errno != Errno.EBUSY)
                throw new LinuxException(errno, "LOOP_CONFIGURE", $"{path} for {file}");
        }
    }

    /// <summary>Gives up this use.</summary>
    public void Dispose() => _fd.Dispose();

    private static OwnedFd Open(string path, int access) =>
        OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, access | Fcntl.O_CLOEXEC, 0), "open", path);

    // struct loop_config: the file, a block size, struct loop_info64 from byte 8 on, and 64 bytes to spare.
    [StructLayout(LayoutKind.Explicit, Size = 304)]
    private struct LoopConfig
    {
        [FieldOffset(0)]
        public uint Fd;

        // lo_flags of struct loop_info64.
        [FieldOffset(60)]
        public uint Flags;
    }
}
