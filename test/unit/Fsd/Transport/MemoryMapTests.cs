using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Fsd.Memory;
using KataShimNet.Linux;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Transport;

public sealed unsafe class MemoryMapTests
{
    private const ulong Low = 0x10_0000;
    private const int Size = 0x4000;

    [Fact]
    public void AnAddressIsFoundInItsRegionAndNowhereElse()
    {
        using var low = new GuestMemory(Low, Size);
        using var high = new GuestMemory(Low + 0x10_0000, Size);
        using var map = new MemoryMap();
        map.Add(high.Record, high.File);
        map.Add(low.Record, low.File);
        *high.At(Low + 0x10_0005) = 42;

        Assert.True(map.Current.TryTranslate(Low + 0x10_0005, out var host, out var available));
        Assert.Equal(42, *host);
        Assert.Equal((ulong)Size - 5, available);
        Assert.False(map.Current.TryTranslate(Low - 1, out _, out _));
        Assert.False(map.Current.TryTranslate(Low + Size, out _, out _));
        Assert.False(map.Current.TryTranslate(ulong.MaxValue, out _, out _));
    }

    [Fact]
    public void ACopyCrossesTheBorderOfTwoRegionsThatFollowOneAnother()
    {
        using var first = new GuestMemory(Low, Size);
        using var second = new GuestMemory(Low + Size, Size);
        using var map = new MemoryMap();
        map.Add(first.Record, first.File);
        map.Add(second.Record, second.File);
        *first.At(Low + Size - 1) = 1;
        *second.At(Low + Size) = 2;

        var bytes = new byte[2];
        Assert.True(map.Current.TryCopy(Low + Size - 1, bytes));
        Assert.Equal([1, 2], bytes);
        Assert.False(map.Current.TryCopy(Low + Size + Size - 1, bytes));
    }

    [Fact]
    public void ARingMustLieInOneRegionAsAWhole()
    {
        using var memory = new GuestMemory(Low, Size);
        using var map = new MemoryMap();
        map.Add(memory.Record, memory.File);
        var user = memory.Record.UserAddress;
        Assert.True(map.Current.TranslateUser(user, Size) != null);
        Assert.True(map.Current.TranslateUser(user + 1, Size) == null);
        Assert.True(map.Current.TranslateUser(user - 1, 1) == null);
        Assert.True(map.Current.TranslateUser(user, ulong.MaxValue) == null);
        Assert.True(map.Current.TranslateUser(Low, 1) == null);
    }

    [Fact]
    public void ARegionThatCannotBeIsRefusedAndChangesNothing()
    {
        using var memory = new GuestMemory(Low, Size);
        using var map = new MemoryMap();
        map.Add(memory.Record, memory.File);
        var good = memory.Record;

        Assert.Equal(Errno.EEXIST, Refused(good with { GuestAddress = Low + Size - 1 }));
        Assert.Equal(Errno.EINVAL, Refused(good with { Size = 0 }));
        Assert.Equal(Errno.EINVAL, Refused(good with { GuestAddress = ulong.MaxValue - 10 }));
        Assert.Equal(Errno.EINVAL, Refused(good with { UserAddress = ulong.MaxValue - 10, GuestAddress = 1 << 30 }));
        Assert.Equal(Errno.EINVAL, Refused(good with { FileOffset = 0x1000, GuestAddress = 1 << 30 }));
        Assert.Equal(Errno.EINVAL, Refused(good with { FileOffset = ulong.MaxValue, GuestAddress = 1 << 30 }));
        Assert.Equal(1, map.Current.Regions.Length);

        Errno Refused(KataShimNet.Fsd.Worker.Channel.RegionRecord record) =>
            Assert.Throws<LinuxException>(() => map.Add(record, memory.File)).Errno;
    }

    [Fact]
    public void AnOffsetInTheMiddleOfAPageIsHonoured()
    {
        using var memory = new GuestMemory(Low, Size);
        using var map = new MemoryMap();
        *memory.At(Low + 0x1234) = 7;
        map.Add(memory.Record with { FileOffset = 0x1234, Size = 0x100 }, memory.File);
        Assert.True(map.Current.TryTranslate(Low, out var host, out _));
        Assert.Equal(7, *host);
    }

    [Fact]
    public void RemovingWhatIsNotThereIsAnError()
    {
        using var memory = new GuestMemory(Low, Size);
        using var map = new MemoryMap();
        map.Add(memory.Record, memory.File);
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => map.Remove(memory.Record with { Size = 0x1000 })).Errno);
        map.Remove(memory.Record);
        Assert.False(map.Current.TryTranslate(Low, out _, out _));
    }

    [Fact]
    public void ARegionGoesOnlyWhenNoRequestIsInside()
    {
        using var memory = new GuestMemory(Low, Size);
        using var map = new MemoryMap();
        map.Add(memory.Record, memory.File);
        var reader = map.AddReader();
        Assert.True(reader.Enter().TryTranslate(Low, out var host, out _));

        using var begun = new ManualResetEventSlim();
        var removal = Task.Run(() =>
        {
            begun.Set();
            map.Remove(memory.Record);
        });
        begun.Wait();
        // The new table shows that the removal has come as far as to wait; the old one is mapped still.
        Assert.True(SpinWait.SpinUntil(() => map.Current.Regions.Length == 0, TimeSpan.FromSeconds(10)));
        *host = 1;
        Assert.False(removal.IsCompleted);

        reader.Leave();
        Assert.True(SpinWait.SpinUntil(() => removal.IsCompletedSuccessfully, TimeSpan.FromSeconds(10)));
        Assert.Equal(0, reader.Enter().Regions.Length);
        reader.Leave();
    }

    [Fact]
    public void AHeldTableKeepsItsMappingAndKeepsNobodyWaiting()
    {
        using var memory = new GuestMemory(Low, Size);
        using var map = new MemoryMap();
        map.Add(memory.Record, memory.File);
        var held = map.Hold();
        map.Remove(memory.Record);
        Assert.True(held.TryTranslate(Low, out var host, out _));
        *host = 9;
        Assert.Equal(9, *memory.At(Low));
        held.Release();
        Assert.False(held.TryAddReference());
    }

    [Fact]
    public void ReadersAndChangesDoNotDisturbOneAnother()
    {
        using var memory = new GuestMemory(Low, Size);
        using var map = new MemoryMap();
        map.Add(memory.Record, memory.File);
        using var stop = new CancellationTokenSource();
        var readers = new Task[2];
        for (var i = 0; i < readers.Length; i++)
        {
            readers[i] = Task.Run(() =>
            {
                var reader = map.AddReader();
                while (!stop.IsCancellationRequested)
                {
                    if (reader.Enter().TryTranslate(Low, out var host, out _))
                        (*host)++;
                    reader.Leave();
                }

                map.RemoveReader(reader);
            });
        }

        // A read of memory that was unmapped would end this process.
        for (var i = 0; i < 300; i++)
        {
            map.Remove(memory.Record);
            map.Add(memory.Record, memory.File);
        }

        stop.Cancel();
        Assert.True(SpinWait.SpinUntil(() => Array.TrueForAll(readers, r => r.IsCompletedSuccessfully), TimeSpan.FromSeconds(10)));
    }
}
