using System;
using System.Diagnostics;
using System.Threading;
using KataShimNet.Fsd.Counters;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Rings;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>Answers the requests of one queue, on that queue's thread.</summary>
internal sealed class RequestProcessor : IRequestProcessor, IDisposable
{
    private readonly FuseServer _server;
    private readonly Request _request;
    // Null for a thread that begins requests anew: these are counted when they are completed, as all that leave their queue's thread.
    private readonly RequestCounters? _counters;
    private long _requests;

    /// <summary>Prepares the calling thread: its umask is 0, for the guest has applied its own, and it works in /proc/self/fd.</summary>
    /// <param name="server">Whose queue it is.</param>
    /// <param name="mayWait">Whether its requests may wait for other daemons: it is no queue's then.</param>
    /// <exception cref="LinuxException">The thread could not be prepared.</exception>
    public RequestProcessor(FuseServer server, bool mayWait = false)
    {
        _server = server;
        _request = new Request(server, new ThreadCredentials()) { MayWait = mayWait };
        _counters = mayWait ? null : new RequestCounters();
        _ = SysStat.umask(0);
        // Extended attributes are reached by the name of a descriptor there: that works for inodes of every type, and no request
        // ever uses a path relative to the working directory for anything else.
        LinuxException.Check(Unistd.fchdir(server.ProcFd.Fd), "fchdir", "/proc/self/fd");
    }

    /// <summary>Requests answered.</summary>
    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Requests answered on its thread; null for a thread whose requests are counted elsewhere.</summary>
    public RequestCounters? Counters => _counters;

    /// <inheritdoc/>
    public int Process(DescriptorChain chain)
    {
        Volatile.Write(ref _requests, _requests + 1);
        var whole = _request.TryBegin(chain);
        if (_counters is null)
            return Answer(chain, whole);
        ref var tally = ref chain.Tally;
        tally.Opcode = _request.Header.Opcode;
        tally.Moved = 0;
        tally.Failed = false;
        tally.Late = _server.LateRequests;
        var written = Answer(chain, whole);
        // A deferred request is another thread's by now.
        if (written == IRequestProcessor.Deferred)
            return written;
        tally.Ended = Stopwatch.GetTimestamp();
        _counters.Count(tally);
        return written;
    }

    private int Answer(DescriptorChain chain, bool whole)
    {
        try
        {
            if (chain.IsPoisoned)
                return OpcodeTable.Find(_request.Header.Opcode).HasReply ? _request.Fail(Errno.EIO) : 0;
            return whole ? Dispatch(chain) : _request.Fail(Errno.EINVAL);
        }
#pragma warning disable CA1031 // Whatever a request does, the daemon lives: the guest gets EIO and the log the reason.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _server.Log.RequestFailed(exception, (Opcode)_request.Header.Opcode, _request.Header.NodeId);
            return OpcodeTable.Find(_request.Header.Opcode).HasReply ? _request.Fail(Errno.EIO) : 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _server.Retire(this);
        _request.Dispose();
    }

    private unsafe int Dispatch(DescriptorChain chain)
    {
        var entry = OpcodeTable.Find(_request.Header.Opcode);
        if (!entry.HasReply)
            return entry.Handler(_request);
        if (chain.WritableBytes < OutHeader.Size)
            return 0;
        if (entry.Handler is null)
            return _request.Fail(Errno.ENOSYS);
        // Before anything is done: what is done and cannot be told is lost.
        return _request.ReplyRoom < (uint)entry.ReplySize ? _request.Fail(Errno.EINVAL) : entry.Handler(_request);
    }
}
