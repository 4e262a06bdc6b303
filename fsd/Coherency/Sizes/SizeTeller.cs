using System;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Rings;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency.Sizes;

/// <summary>
/// Holds back the answers of requests that changed a file's size until the other guests that have the file open know it: a guest that maps
/// files reads them up to the size that it knows, and never asks (fuse_dax_read_iter of fs/fuse/dax.c). In the worker; one thread, which starts
/// with the first such request.
/// </summary>
internal sealed class SizeTeller : IDisposable
{
    private const int StackBytes = 256 * 1024;

    private readonly ChannelClient _keeper;

    // Guards what follows; pulsed when an answer comes, when all that was taken are given, and at the end.
    private readonly object _lock = new();
    private List<Answer> _waiting = [];
    private Thread? _thread;
    private bool _telling;
    private bool _ended;

    /// <summary>Takes ownership of its parts.</summary>
    /// <param name="opens">Who has which file open.</param>
    /// <param name="keeper">Channel to the keeper, which tells the others.</param>
    public SizeTeller(OpenFiles opens, OwnedFd keeper)
    {
        Opens = opens;
        _keeper = new ChannelClient(keeper);
    }

    /// <summary>Who has which file open.</summary>
    public OpenFiles Opens { get; }

    /// <summary>Gives the answer of a request that changed a file's size, when all guests know it.</summary>
    /// <param name="chain">The request; its answer stands in it.</param>
    /// <param name="fd">The file.</param>
    /// <param name="written">Bytes of the answer.</param>
    /// <returns>The same, or <see cref="IRequestProcessor.Deferred"/>.</returns>
    public unsafe int AfterResize(DescriptorChain chain, int fd, int written)
    {
        Statx statx;
        return HostFile.Stat(fd, &statx) < 0
            ? written
            : AfterResize(chain, OpenFiles.BucketOf(FileIdentity.Of(statx)), written, deferred: false);
    }

    /// <summary>Gives the answer of a request that changed a file's size, when all guests know it.</summary>
    /// <param name="chain">The request; its answer stands in it.</param>
    /// <param name="bucket">The file's bucket.</param>
    /// <param name="written">Bytes of the answer.</param>
    /// <param name="deferred">Whether the request has left its queue's thread, so that it is completed in any case.</param>
    /// <returns>The same, or <see cref="IRequestProcessor.Deferred"/>.</returns>
    public int AfterResize(DescriptorChain chain, int bucket, int written, bool deferred)
    {
        if (Opens.NoteResized(bucket))
            return Wait(new Answer(chain, bucket, written, Ours: false));
        if (deferred)
            chain.Complete((uint)written);
        return written;
    }

    /// <summary>Gives the answer to an OPEN: when the size changed since our guest may have been told of it, after it was told again.</summary>
    /// <param name="chain">The request; its answer stands in it.</param>
    /// <param name="bucket">The file's bucket; negative when it is not counted.</param>
    /// <param name="written">Bytes of the answer.</param>
    /// <returns>The same, or <see cref="IRequestProcessor.Deferred"/>.</returns>
    public int AfterOpen(DescriptorChain chain, int bucket, int written) =>
        bucket >= 0 && Opens.WasResized(bucket) ? Wait(new Answer(chain, bucket, written, Ours: true)) : written;

    /// <summary>
    /// Waits until others know of all changes that were made: before the locks under which they were made are given up, for whoever has them next
    /// relies on the sizes. No request comes meanwhile.
    /// </summary>
    public void Settle()
    {
        lock (_lock)
        {
            while (_telling || _waiting.Count > 0)
                Monitor.Wait(_lock);
        }
    }

    /// <summary>Ends the thread after all answers are given.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            Monitor.PulseAll(_lock);
        }

        _thread?.Join();
        _keeper.Dispose();
        Opens.Dispose();
    }

    private int Wait(in Answer answer)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            _waiting.Add(answer);
            if (_thread is null)
            {
                _thread = new Thread(Run, StackBytes) { IsBackground = true, Name = "sizes" };
                _thread.Start();
            }

            Monitor.PulseAll(_lock);
        }

        return IRequestProcessor.Deferred;
    }

    private void Run()
    {
        List<Answer> taken = [];
        while (Take(ref taken))
        {
            // Changes that were made before others are told of one are told of with it.
            for (var i = 0; i < taken.Count; i++)
            {
                if (taken[i].Chain is not { } first)
                    continue;
                var (bucket, ours) = (taken[i].Bucket, taken[i].Ours);
                Tell(bucket, ours);
                first.Complete((uint)taken[i].Written);
                for (var j = i + 1; j < taken.Count; j++)
                {
                    if (taken[j].Chain is not { } other || taken[j].Bucket != bucket || taken[j].Ours != ours)
                        continue;
                    other.Complete((uint)taken[j].Written);
                    taken[j] = default;
                }
            }

            taken.Clear();
        }
    }

    private bool Take(ref List<Answer> taken)
    {
        lock (_lock)
        {
            _telling = false;
            Monitor.PulseAll(_lock);
            while (_waiting.Count == 0 && !_ended)
                Monitor.Wait(_lock);
            (taken, _waiting) = (_waiting, taken);
            return _telling = taken.Count > 0;
        }
    }

    // The change is made: what others do not hear in time is no error of it.
    private void Tell(int bucket, bool ours)
    {
        try
        {
            _keeper.Call(ours ? ChannelOperation.TellOurGuest : ChannelOperation.TellOthers, (uint)bucket);
        }
        catch (Exception e) when (e is LinuxException or WorkerDiedException)
        {
            // The keeper has said so in its log, or has ended and this process with it.
        }
    }

    private readonly record struct Answer(DescriptorChain? Chain, int Bucket, int Written, bool Ours);
}
