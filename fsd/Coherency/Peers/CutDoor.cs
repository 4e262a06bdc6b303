using System;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>The keeper's end of a channel by which a worker changes the size of files that guests map: one change at a time.</summary>
/// <param name="cuts">Does it; not owned.</param>
internal sealed class CutDoor(FileCuts cuts) : IDisposable
{
    // The change that was begun and not ended.
    private OwnedFd? _open;
    private FileIdentity _file;

    /// <summary>Handles a request of the worker (<see cref="ChannelServer.Handler"/>).</summary>
    /// <param name="call">The request.</param>
    /// <param name="data">Room for data of the answer.</param>
    /// <param name="length">Bytes of data: none.</param>
    public ulong Handle(ChannelCall call, Span<byte> data, out int length)
    {
        length = 0;
        switch (call.Operation)
        {
            case ChannelOperation.BeginCut:
                Begin(call.Read<CutRecord>(), call.TakeFd());
                return 0;
            case ChannelOperation.EndCut:
                Check(End());
                return 0;
            case ChannelOperation.FileGrown:
                using (var grown = call.TakeFd())
                    Check(cuts.Grown(call.Read<CutRecord>().File, grown.Fd));
                return 0;
            default:
                throw new LinuxException(Errno.ENOSYS, "cut channel", call.Operation.ToString());
        }
    }

    /// <summary>Ends the change that a worker has left when it died.</summary>
    public void Dispose() => End();

    private void Begin(in CutRecord record, OwnedFd fd)
    {
        var error = _open is not null || record.End < 0 ? Errno.EPROTO : cuts.Begin(record.File, record.End, fd.Fd);
        if (error == Errno.None)
            (_file, _open) = (record.File, fd);
        else
            fd.Dispose();
        Check(error);
    }

    private Errno End()
    {
        if (_open is not { } fd)
            return Errno.None;
        _open = null;
        using (fd)
            return cuts.End(_file, fd.Fd);
    }

    private static void Check(Errno error)
    {
        if (error != Errno.None)
            throw new LinuxException(error, "cut");
    }
}
