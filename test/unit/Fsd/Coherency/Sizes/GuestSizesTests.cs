using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Coherency.Sizes;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Sizes;

/// <summary>A keeper that has its guest ask for sizes: the way to the guest is real, the guest is the test.</summary>
public sealed class GuestSizesTests : IDisposable
{
    private const int Bucket = 8191;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly OwnedFd _file = HandleTable.CreateFile();
    private readonly SharedSlots<HandleSlot> _handles;

    public GuestSizesTests() => _handles = HandleTable.Map(_file.Duplicate());

    public void Dispose()
    {
        _handles.Dispose();
        _file.Dispose();
    }

    [Fact]
    public async Task TheGuestIsAskedForWhatItHasOpenOfTheBucket()
    {
        Open(17, 0, Bucket);
        Open(17, 0, Bucket);
        Open(18, 1, Bucket);
        Open(19, 0, Bucket - 1);
        Open(20, 0, -1);
        Open(21, 2, Bucket);
        var (asked, let) = (new List<GuestFile>(), new TaskCompletionSource());
        using var sizes = Start(s_patience, out var guest, files =>
        {
            asked.AddRange(files);
            return let.Task;
        });
        using (guest)
        {
            var refresh = Task.Run(() => sizes.Refresh(Bucket), TestContext.Current.CancellationToken);
            Assert.True(SpinWait.SpinUntil(() => asked.Count > 0, s_patience));
            Assert.False(refresh.IsCompleted);
            let.SetResult();
            Assert.Equal(Errno.None, await refresh.WaitAsync(s_patience, TestContext.Current.CancellationToken));
            Assert.Equal([new GuestFile("one", 17), new GuestFile("two", 18)], asked.OrderBy(file => file.Node));
            // Nothing of it is open: nobody is asked.
            Assert.Equal(Errno.None, sizes.Refresh(1));
            Assert.Equal(2, asked.Count);
        }
    }

    [Fact]
    public void AGuestThatDoesNotAnswerIsWaitedForOnceAndToldOfAllWhenItDoes()
    {
        Open(17, 0, Bucket);
        Open(18, 1, Bucket - 1);
        var let = new TaskCompletionSource();
        var calls = new List<IReadOnlyList<GuestFile>>();
        using var sizes = Start(TimeSpan.FromMilliseconds(50), out var guest, files =>
        {
            lock (calls)
                calls.Add(files);
            return let.Task;
        });
        using (guest)
        {
            Assert.Equal(Errno.ETIMEDOUT, sizes.Refresh(Bucket));
            Assert.Equal(Errno.ETIMEDOUT, sizes.Refresh(Bucket - 1));
            Assert.Single(calls);
            let.SetResult();
            Assert.True(SpinWait.SpinUntil(() => calls.Count == 2, s_patience));
            Assert.Equal([new GuestFile("two", 18)], calls[1]);
        }
    }

    [Fact]
    public void WhoNeedsNoMoreThanWasAskedForAlreadyDoesNotAskAgain()
    {
        Open(17, 0, Bucket);
        var calls = 0;
        var before = BootClock.Now;
        using var sizes = Start(s_patience, out var guest, _ =>
        {
            Interlocked.Increment(ref calls);
            return Task.CompletedTask;
        });
        using (guest)
        {
            Assert.Equal(Errno.None, sizes.Refresh(Bucket));
            Assert.Equal(Errno.None, sizes.Refresh(Bucket, before));
            Assert.Equal(1, calls);
            Assert.Equal(Errno.None, sizes.Refresh(Bucket, BootClock.Now));
            Assert.Equal(Errno.None, sizes.Refresh(Bucket));
            Assert.Equal(3, calls);
        }
    }

    [Fact]
    public async Task WhereNobodyCanAskTheGuestNobodyWaits()
    {
        Open(17, 0, Bucket);
        using var sizes = Start(s_patience, out var guest, _ => new TaskCompletionSource().Task);
        var refresh = Task.Run(() => sizes.Refresh(Bucket), TestContext.Current.CancellationToken);
        guest.Dispose();
        Assert.Equal(Errno.None, await refresh.WaitAsync(s_patience, TestContext.Current.CancellationToken));
    }

    private GuestSizes Start(TimeSpan limit, out GuestCallServer guest, Func<IReadOnlyList<GuestFile>, Task> refresh)
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        guest = new GuestCallServer(theirs, refresh);
        var sizes = new GuestSizes(ours, _file.Duplicate(), NullLogger.Instance, limit);
        sizes.AddExport(0, "one");
        sizes.AddExport(1, "two");
        sizes.Start();
        return sizes;
    }

    private unsafe void Open(ulong node, int export, int bucket)
    {
        var shard = _handles.Shards[(int)(node % 8)];
        var slot = shard.At(shard.Take());
        (slot->NodeId, slot->Export, slot->Bucket, slot->IsLive) = (node, export, bucket, true);
    }
}
