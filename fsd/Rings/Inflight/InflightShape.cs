using System.Runtime.InteropServices;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Rings.Inflight;

/// <summary>Where an in-flight region is in its file: also the payload of GET_INFLIGHT_FD and SET_INFLIGHT_FD (vhost-user.rst, "Inflight description").</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct InflightShape
{
    /// <summary>Bytes of the payload.</summary>
    public const int TotalSize = 24;

    /// <summary>Bytes of the payload without the padding behind it: some front ends send it so.</summary>
    public const int LeastSize = 20;

    private const ulong PageSize = 4096;

    /// <summary>Bytes of the region.</summary>
    [FieldOffset(0)] public ulong Bytes;

    /// <summary>Where it starts in the file.</summary>
    [FieldOffset(8)] public ulong Offset;

    /// <summary>Queues that it has a part for.</summary>
    [FieldOffset(16)] public ushort Queues;

    /// <summary>Entries of each queue.</summary>
    [FieldOffset(18)] public ushort QueueSize;

    /// <summary>Bytes of each part.</summary>
    public readonly ulong Stride => Queues == 0 ? 0 : Bytes / Queues & ~7ul;

    /// <summary>The shape of a region with room for rings of either layout.</summary>
    /// <param name="queues">Queues.</param>
    /// <param name="queueSize">Most entries of each.</param>
    public static InflightShape For(ushort queues, ushort queueSize) => new()
    {
        Bytes = (ulong)queues * (ulong)InflightArea.BytesPerQueue(queueSize),
        Queues = queues,
        QueueSize = queueSize,
    };

    /// <summary>Checks the shape, and that the file has as much: touching what it has not is the worker's end.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="LinuxException">EINVAL, with what is wrong.</exception>
    public readonly unsafe void Validate(OwnedFd file)
    {
        if (Queues is 0 or > DeviceLimits.MaxQueues || !RingSetup.IsValidSize(QueueSize))
            throw Invalid($"{Queues} queues of {QueueSize} entries");
        if (Offset % PageSize != 0 || Bytes > int.MaxValue || Offset > long.MaxValue - Bytes)
            throw Invalid($"{Bytes} bytes at offset 0x{Offset:x}");
        if (Stride < (ulong)InflightArea.LeastBytes(QueueSize, packed: false))
            throw Invalid($"{Bytes} bytes are too few for {Queues} queues of {QueueSize} entries");
        Statx status;
        byte empty = 0;
        LinuxException.Check(
            SysStat.statx(file.Fd, &empty, Fcntl.AT_EMPTY_PATH, SysStat.STATX_BASIC_STATS, &status), "statx", "in-flight region");
        if ((status.Mode & SysStat.S_IFMT) != SysStat.S_IFREG || status.Size < Offset + Bytes)
            throw Invalid($"its file has {status.Size} bytes, {Offset + Bytes} are needed");
    }

    private static LinuxException Invalid(string why) => new(Errno.EINVAL, "in-flight region", why);
}
