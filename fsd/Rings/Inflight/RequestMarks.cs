using KataShimNet.Fsd.VhostUser;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Rings.Inflight;

/// <summary>The marks of all queues, mapped. They stay mapped as long as the process lives, for a request may outlive its ring.</summary>
internal sealed unsafe class RequestMarks
{
    private const long QueueBytes = (long)RingSetup.MaxSize * RequestMark.TotalSize;

    private readonly byte* _marks;

    private RequestMarks(nint marks) => _marks = (byte*)marks;

    /// <summary>Bytes of the file.</summary>
    public static long FileBytes => DeviceLimits.MaxQueues * QueueBytes;

    /// <summary>Maps the marks.</summary>
    /// <param name="file">Their file, <see cref="FileBytes"/> long; not needed any more afterwards.</param>
    /// <exception cref="LinuxException">What mmap(2) says.</exception>
    public static RequestMarks Map(OwnedFd file)
    {
        var mapping = SysMman.mmap(0, (nuint)FileBytes, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED, file.Fd, 0);
        if (mapping == -1)
            LinuxException.ThrowLast("mmap", "request marks");
        return new RequestMarks(mapping);
    }

    /// <summary>The marks of a queue.</summary>
    /// <param name="queue">Its number.</param>
    public RequestMark* Of(int queue) => (RequestMark*)(_marks + queue * QueueBytes);
}
