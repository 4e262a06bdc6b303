using System;
using System.Threading;
using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings;
using KataShimNet.Fsd.Rings.Inflight;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Transport;

/// <summary>A queue with its real thread, over memory and eventfds as a front end gives them.</summary>
public sealed class RequestQueueTests : IDisposable
{
    private const ulong Base = 0x10_0000;

    private readonly GuestMemory _memory = new(Base, 0x10000);
    private readonly MemoryMap _map = new();
    private readonly ScriptedServer _server = new();
    private readonly RequestQueue _queue;
    private readonly InflightArea _area;
    private readonly EventFd _kick = new();
    private readonly EventFd _call = new();
    private readonly EventFd _error = new();

    public RequestQueueTests()
    {
        _map.Add(_memory.Record, _memory.File);
        using var marks = InflightFile.CreateMarks();
        var shape = InflightShape.For(2, RingSetup.MaxSize);
        using var region = InflightFile.Create(shape);
        _area = InflightArea.Map(region, shape, RequestMarks.Map(marks));
        _queue = new RequestQueue(1, _map, _server, NullLogger.Instance);
    }

    public void Dispose()
    {
        _queue.Dispose();
        _area.Dispose();
        _map.Dispose();
        _memory.Dispose();
        _kick.Dispose();
        _call.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RequestsAreAnsweredAndTheGuestIsInterrupted(bool eventIndex)
    {
        var ring = Start(new GuestRing(_memory, eventIndex: eventIndex));
        for (ushort i = 1; i <= 100; i++)
        {
            Request(ring, 0, "ping"u8);
            ring.UsedEvent = (ushort)(i - 1);
            ring.Offer(0);
            _kick.Signal();
            ring.AwaitUsed(i);
            Assert.Equal((0u, 4u), ring.Used(i - 1));
            AwaitSignal(_call);
        }
    }

    [Fact]
    public void TheRingGoesRoundAndItsIndexesWrap()
    {
        var ring = Start(new GuestRing(_memory, size: 2, start: 65530));
        Request(ring, 0, "x"u8);
        for (var i = 0; i < 20; i++)
        {
            ring.Offer(0);
            _kick.Signal();
            ring.AwaitUsed((ushort)(65530 + i + 1));
        }

        Assert.Equal((65530u + 20) & 0xffff, _queue.Stop());
    }

    [Fact]
    public void AGuestThatWantsNoInterruptGetsNone()
    {
        var ring = Start(new GuestRing(_memory));
        Request(ring, 0, "x"u8);
        // The first one after a start is always told.
        ring.Offer(0);
        _kick.Signal();
        ring.AwaitUsed(1);
        AwaitSignal(_call);

        ring.UsedEvent = 5;
        for (ushort i = 2; i <= 5; i++)
        {
            ring.Offer(0);
            _kick.Signal();
            ring.AwaitUsed(i);
        }

        // The thread asks to be woken only after it has dealt with interrupts.
        Await(() => ring.AvailableEvent == 5);
        Assert.False(IsSignalled(_call));
        ring.Offer(0);
        _kick.Signal();
        ring.AwaitUsed(6);
        AwaitSignal(_call);
    }

    [Fact]
    public void MalformedRequestsAreGivenBackUnreadAndTheNextIsAnswered()
    {
        var ring = Start(new GuestRing(_memory));
        ring.Describe(0, 0xdead_0000, 16);
        ring.Describe(1, ring.Buffers, 16, Descriptor.HasNext, 1);
        ring.Describe(2, ring.Buffers, 16, Descriptor.HasNext, 99);
        Request(ring, 3, "fine"u8);
        ring.Offer(0, 1, 2, 3);
        _kick.Signal();
        ring.AwaitUsed(4);
        Assert.Equal((0u, 0u), ring.Used(0));
        Assert.Equal((1u, 0u), ring.Used(1));
        Assert.Equal((2u, 0u), ring.Used(2));
        Assert.Equal((3u, 4u), ring.Used(3));
    }

    [Theory]
    [InlineData(9, 0)]
    [InlineData(32768, 0)]
    [InlineData(1, 8)]
    [InlineData(1, 65535)]
    public void ARingThatMakesNoSenseStopsTheQueueAndNothingElse(int index, int head)
    {
        var ring = Start(new GuestRing(_memory));
        ring.Place((ushort)head);
        ring.Publish((ushort)index);
        _kick.Signal();
        AwaitSignal(_error);
        Assert.Equal(0, ring.UsedIndex);
        Assert.Equal(0u, _queue.Stop());

        ring = Start(new GuestRing(_memory));
        Request(ring, 0, "again"u8);
        ring.Offer(0);
        _kick.Signal();
        ring.AwaitUsed(1);
    }

    [Fact]
    public void ARequestThatIsDeferredIsGivenBackByAnyThread()
    {
        _server.Handler = _server.Defer;
        var ring = Start(new GuestRing(_memory));
        Request(ring, 0, "a"u8);
        Request(ring, 1, "b"u8);
        ring.Offer(0, 1);
        _kick.Signal();
        Await(() => _server.DeferredChains.Count == 2);
        Assert.True(_server.DeferredChains.TryDequeue(out var first));
        Assert.True(_server.DeferredChains.TryDequeue(out var second));
        second!.Complete(2);
        ring.AwaitUsed(1);
        first!.Complete(1);
        ring.AwaitUsed(2);
        Assert.Equal(((1u, 2u), (0u, 1u)), (ring.Used(0), ring.Used(1)));
        AwaitSignal(_call);
    }

    [Fact]
    public void ARequestMayBeCompletedBeforeItsDeferralIsKnown()
    {
        _server.Handler = chain =>
        {
            chain.Complete(3);
            return IRequestProcessor.Deferred;
        };
        var ring = Start(new GuestRing(_memory));
        Request(ring, 0, "a"u8);
        for (ushort i = 1; i <= 50; i++)
        {
            ring.Offer(0);
            _kick.Signal();
            ring.AwaitUsed(i);
            Assert.Equal((0u, 3u), ring.Used(i - 1));
        }
    }

    [Fact]
    public void WhatIsCompletedWhileTheQueueStandsStillIsGivenBackWhenItGoesOn()
    {
        _server.Handler = _server.Defer;
        var ring = Start(new GuestRing(_memory));
        Request(ring, 0, "a"u8);
        ring.Offer(0);
        _kick.Signal();
        Await(() => !_server.DeferredChains.IsEmpty);
        Assert.Equal(1u, _queue.Stop());
        Assert.True(_server.DeferredChains.TryDequeue(out var chain));
        chain!.Complete(1);
        Assert.Equal(0, ring.UsedIndex);

        Start(ring, ring.Setup with { Base = 1 });
        ring.AwaitUsed(1);
        AwaitSignal(_call);
    }

    [Fact]
    public void WhatIsCompletedAfterAResetIsGivenBackToNobody()
    {
        _server.Handler = _server.Defer;
        var ring = Start(new GuestRing(_memory));
        Request(ring, 0, "a"u8);
        ring.Offer(0);
        _kick.Signal();
        Await(() => !_server.DeferredChains.IsEmpty);
        _queue.Stop();
        _queue.Reset();
        Assert.True(_server.DeferredChains.TryDequeue(out var chain));

        _server.Handler = _ => 7;
        ring = Start(new GuestRing(_memory));
        chain!.Complete(1);
        Request(ring, 2, "b"u8);
        ring.Offer(2);
        _kick.Signal();
        ring.AwaitUsed(1);
        Assert.Equal((2u, 7u), ring.Used(0));
    }

    [Fact]
    public void ADeferredRequestKeepsItsMemoryWhileItsRegionGoes()
    {
        _server.Handler = _server.Defer;
        using var other = new GuestMemory(Base + 0x10_0000, 0x1000);
        _map.Add(other.Record, other.File);
        var ring = Start(new GuestRing(_memory));
        ring.Describe(0, Base + 0x10_0000, 4, Descriptor.Writable);
        ring.Offer(0);
        _kick.Signal();
        Await(() => !_server.DeferredChains.IsEmpty);
        _map.Remove(other.Record);
        Assert.True(_server.DeferredChains.TryDequeue(out var chain));
        // A write to memory that was unmapped would end this process.
        Assert.Equal(4, chain!.CopyTo(0, "late"u8));
        chain.Complete(4);
        ring.AwaitUsed(1);
    }

    [Fact]
    public void AQueueThatIsOffServesNothingUntilItIsOn()
    {
        var ring = Start(new GuestRing(_memory), enabled: false);
        Request(ring, 0, "a"u8);
        ring.Offer(0);
        _kick.Signal();
        Assert.Equal(0u, _queue.Stop());
        Assert.Equal(0, ring.UsedIndex);

        Start(ring, ring.Setup, enabled: false);
        _queue.Enable(true);
        ring.AwaitUsed(1);
    }

    [Fact]
    public void AProcessorThatThrowsCostsItsRequestAlone()
    {
        _server.Handler = _ => throw new InvalidOperationException("defect");
        var ring = Start(new GuestRing(_memory));
        Request(ring, 0, "a"u8);
        ring.Offer(0);
        _kick.Signal();
        ring.AwaitUsed(1);
        Assert.Equal((0u, 0u), ring.Used(0));
    }

    [Fact]
    public void ARingOutsideOfMemoryIsRefused()
    {
        var setup = new GuestRing(_memory).Setup;
        Assert.Equal(Errno.EINVAL, Refused(setup with { Used = setup.Used + 0x10000 }));
        Assert.Equal(Errno.EINVAL, Refused(setup with { Descriptors = 0 }));
        Assert.Equal(Errno.EINVAL, Refused(setup with { Available = setup.Available + 1 }));
        Assert.Equal(Errno.EINVAL, Refused(setup with { Size = 3 }));
        Assert.Equal(Errno.EINVAL, Refused(setup with { Size = 0 }));
        Assert.Equal(Errno.EINVAL, Refused(setup with { Size = 2048 }));

        Errno Refused(RingSetup bad) => Assert.Throws<LinuxException>(() => StartQueue(bad, enabled: true)).Errno;
    }

    [Fact]
    public void TheRingsMemoryMayGoWhileTheQueueRuns()
    {
        var ring = Start(new GuestRing(_memory));
        _map.Remove(_memory.Record);
        _kick.Signal();
        AwaitSignal(_error);
        Assert.Equal(0u, _queue.Stop());
        Assert.Equal(0, ring.UsedIndex);
    }

    private GuestRing Start(GuestRing ring, bool enabled = true) => Start(ring, ring.Setup, enabled);

    private GuestRing Start(GuestRing ring, RingSetup setup, bool enabled = true)
    {
        StartQueue(setup, enabled);
        return ring;
    }

    private void StartQueue(RingSetup setup, bool enabled) =>
        _queue.Start(setup, _area, resume: false, Duplicate(_kick), Duplicate(_call), Duplicate(_error), enabled);

    private static EventFd Duplicate(EventFd fd) =>
        new(OwnedFd.FromCall(Fcntl.fcntl(fd.Fd, Fcntl.F_DUPFD_CLOEXEC, 3), "fcntl"));

    private unsafe void Request(GuestRing ring, ushort head, ReadOnlySpan<byte> content)
    {
        var address = ring.Buffers + head * 0x100ul;
        content.CopyTo(new Span<byte>(_memory.At(address), content.Length));
        var table = address + 0x40;
        ring.DescribeAt(table, 0, address, (uint)content.Length, Descriptor.HasNext, 1);
        ring.DescribeAt(table, 1, address + 0x80, 0x40, Descriptor.Writable);
        ring.Describe(head, table, 32, Descriptor.Indirect);
    }

    private static void Await(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(10)));

    private static void AwaitSignal(EventFd fd)
    {
        Assert.True(IsSignalled(fd, 10_000));
        fd.Wait();
    }

    private static unsafe bool IsSignalled(EventFd fd, int milliseconds = 0)
    {
        var poll = new PollFd { Fd = fd.Fd, Events = Poll.POLLIN };
        return Poll.poll(&poll, 1, milliseconds) > 0;
    }
}
