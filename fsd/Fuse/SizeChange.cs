using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// A change of a file's size that guests who map the file must live through: announced before it is made, and ended afterwards. Without other
/// daemons, or DAX, it does nothing.
/// </summary>
internal unsafe ref struct SizeChange
{
    private readonly WorkerCuts? _cuts;
    private readonly FileIdentity _file;
    private readonly int _fd;
    private readonly bool _mayWait;
    private int _mark = -1;
    private ChannelClient? _channel;

    private SizeChange(WorkerCuts cuts, FileIdentity file, int fd, bool mayWait)
    {
        _cuts = cuts;
        _file = file;
        _fd = fd;
        _mayWait = mayWait;
    }

    /// <summary>Begins a change.</summary>
    /// <param name="cuts">The way to other daemons, or null.</param>
    /// <param name="fd">Any descriptor of the file, which stays open until the change has ended.</param>
    /// <param name="size">The new size.</param>
    /// <param name="mayWait">Whether this thread may wait for other daemons.</param>
    /// <param name="error">
    /// None; EAGAIN when it would have to wait, ETIMEDOUT when a daemon of the node lives and does not answer, EBUSY when the virtual machine of one
    /// is stopped, and others: then the file has to stay as it is.
    /// </param>
    public static SizeChange Begin(WorkerCuts? cuts, int fd, long size, bool mayWait, out Errno error)
    {
        error = Errno.None;
        if (cuts is null)
            return default;
        Statx statx;
        if (HostFile.Stat(fd, &statx) < 0)
        {
            error = LinuxException.LastErrno;
            return default;
        }

        var change = new SizeChange(cuts, FileIdentity.Of(statx), fd, mayWait);
        // The size can be another by the time the change is made; whether anybody maps the file cannot.
        if (cuts.TryBeginAlone(change._file, out change._mark))
            return change;
        change._mark = -1;
        if (!mayWait)
            error = Errno.EAGAIN;
        else
            error = cuts.Begin(change._file, size, fd, out change._channel);
        return change;
    }

    /// <summary>Tells of a file that has grown, when that concerns anybody.</summary>
    /// <param name="cuts">The way to other daemons, or null.</param>
    /// <param name="fd">The file.</param>
    /// <param name="mayWait">Whether this thread may wait for other daemons.</param>
    /// <returns>None; EAGAIN when it would have to wait; else some guest does not see what the file has grown by.</returns>
    public static Errno Grown(WorkerCuts? cuts, int fd, bool mayWait)
    {
        if (cuts is null || !cuts.HasAnyScratch)
            return Errno.None;
        Statx statx;
        return HostFile.Stat(fd, &statx) < 0 ? LinuxException.LastErrno : Grown(cuts, fd, statx, mayWait);
    }

    /// <summary>Tells of a file that has grown, when that concerns anybody.</summary>
    /// <param name="cuts">The way to other daemons, or null.</param>
    /// <param name="fd">The file.</param>
    /// <param name="statx">What it is like now.</param>
    /// <param name="mayWait">Whether this thread may wait for other daemons.</param>
    /// <returns>As the other form.</returns>
    public static Errno Grown(WorkerCuts? cuts, int fd, in Statx statx, bool mayWait)
    {
        if (cuts is null || !cuts.HasAnyScratch)
            return Errno.None;
        var file = FileIdentity.Of(statx);
        if (!cuts.HasScratch(file, statx.Size))
            return Errno.None;
        return mayWait ? cuts.Grown(file, fd) : Errno.EAGAIN;
    }

    /// <summary>Ends the change, whether it was made or not.</summary>
    /// <param name="error">Why it was not made, or None.</param>
    /// <returns>The same; without one, why some guest does not see it whole.</returns>
    public Errno End(Errno error)
    {
        if (_cuts is null)
            return error;
        if (_mark >= 0)
            _cuts.EndAlone(_mark);
        _mark = -1;
        if (_channel is not { } channel)
            return error != Errno.None ? error : Grown(_cuts, _fd, _mayWait);
        _channel = null;
        var late = _cuts.End(channel);
        return error != Errno.None ? error : late;
    }
}
