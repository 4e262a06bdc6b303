using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Rings.Inflight;

/// <summary>
/// The memory that tells which requests of a device are in flight: a region in vhost-user's layout, of our own or of the front end, and
/// our marks beside it. Both outlive the worker, whose death at any instruction leaves it such that the next one can go on.
/// </summary>
internal sealed unsafe class InflightArea : IDisposable
{
    // libvhost-user aligns the part of each queue so.
    private const int Alignment = 64;

    private readonly byte* _region;
    private readonly nuint _regionBytes;
    private readonly RequestMarks _marks;

    private InflightArea(nint region, nuint regionBytes, RequestMarks marks, InflightShape shape)
    {
        _region = (byte*)region;
        _regionBytes = regionBytes;
        _marks = marks;
        Shape = shape;
    }

    /// <summary>Where the region is in its file, and how it is divided.</summary>
    public InflightShape Shape { get; }

    /// <summary>Bytes that a queue takes in a region, whatever the layout of its ring.</summary>
    /// <param name="size">Entries of its ring.</param>
    public static int BytesPerQueue(int size) => Align(QueueRegionPacked.TotalSize + size * DescStatePacked.TotalSize);

    /// <summary>Bytes that a queue must have at least.</summary>
    /// <param name="size">Entries of its ring.</param>
    /// <param name="packed">Layout of its ring.</param>
    public static int LeastBytes(int size, bool packed) => packed
        ? QueueRegionPacked.TotalSize + size * DescStatePacked.TotalSize
        : QueueRegionSplit.TotalSize + size * DescStateSplit.TotalSize;

    /// <summary>Maps an area.</summary>
    /// <param name="region">File of the region; not needed any more afterwards.</param>
    /// <param name="shape">Where it is in there; checked against the file's size.</param>
    /// <param name="marks">Marks of our own.</param>
    /// <exception cref="LinuxException">EINVAL for a file that is too short; else what mmap(2) says.</exception>
    public static InflightArea Map(OwnedFd region, InflightShape shape, RequestMarks marks)
    {
        shape.Validate(region);
        var mapping = SysMman.mmap(
            0, (nuint)shape.Bytes, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED, region.Fd, (long)shape.Offset);
        if (mapping == -1)
            LinuxException.ThrowLast("mmap", "in-flight region");
        return new InflightArea(mapping, (nuint)shape.Bytes, marks, shape);
    }

    /// <summary>The part of a queue.</summary>
    /// <param name="queue">Its number.</param>
    /// <param name="setup">Its ring.</param>
    /// <exception cref="LinuxException">EINVAL when the region has no room for it.</exception>
    public InflightPart Part(int queue, in RingSetup setup)
    {
        var stride = Shape.Stride;
        if (queue >= Shape.Queues || stride < (ulong)LeastBytes(setup.Size, setup.Packed))
        {
            throw new LinuxException(
                Errno.EINVAL, "in-flight region", $"{Shape.Queues} queues of {stride} bytes have no room for queue {queue} with {setup.Size} entries");
        }

        return new InflightPart(_region + (ulong)queue * stride, _marks.Of(queue), setup.Size);
    }

    /// <summary>Unmaps the region. No queue uses it any more.</summary>
    public void Dispose() => _ = SysMman.munmap((nint)_region, _regionBytes);

    private static int Align(int bytes) => (bytes + Alignment - 1) & -Alignment;
}

/// <summary>The part of one queue.</summary>
/// <param name="region">The queue's region.</param>
/// <param name="marks">Marks of its heads.</param>
/// <param name="size">Entries of its ring.</param>
internal readonly unsafe struct InflightPart(byte* region, RequestMark* marks, ushort size)
{
    /// <summary>The queue's region.</summary>
    public readonly byte* Region = region;

    /// <summary>Marks of its heads.</summary>
    public readonly RequestMark* Marks = marks;

    /// <summary>Entries of its ring.</summary>
    public readonly ushort Size = size;
}
