using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Rings.Inflight;

/// <summary>Memory files that hold in-flight records.</summary>
internal static class InflightFile
{
    /// <summary>Makes a region, all zero, that cannot be made shorter any more.</summary>
    /// <param name="wanted">Queues and their size.</param>
    /// <exception cref="LinuxException">EINVAL for numbers that are not served.</exception>
    public static OwnedFd Create(InflightShape wanted)
    {
        var shape = InflightShape.For(wanted.Queues, wanted.QueueSize);
        var file = Create("fsd-inflight", (long)shape.Bytes);
        try
        {
            shape.Validate(file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes the file of <see cref="RequestMarks"/>.</summary>
    public static OwnedFd CreateMarks() => Create("fsd-marks", RequestMarks.FileBytes);

    private static OwnedFd Create(string name, long bytes)
    {
        var file = OwnedFd.FromCall(SysMman.memfd_create(name, SysMman.MFD_CLOEXEC | SysMman.MFD_ALLOW_SEALING), "memfd_create", name);
        try
        {
            LinuxException.Check(Unistd.ftruncate(file.Fd, bytes), "ftruncate", name);
            LinuxException.Check(Fcntl.fcntl(file.Fd, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_SHRINK), "fcntl", "F_ADD_SEALS");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
