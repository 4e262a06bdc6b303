using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Dax;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Peers;

/// <summary>The table of files that are being cut, by two processes' maps of it.</summary>
public sealed class MapTableTests : IDisposable
{
    private static readonly PeerId s_one = new(0, 3);
    private static readonly PeerId s_two = new(1, 9);
    private static readonly FileIdentity s_file = new(8, 1, 77);
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"katanet-cuts-{Guid.NewGuid():N}");
    private readonly MapTable _table;
    private readonly MapTable _other;

    public MapTableTests()
    {
        _table = MapTable.Open(_path);
        _other = MapTable.Open(_path);
    }

    public void Dispose()
    {
        _table.Dispose();
        _other.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void OneChangesAFileAtATimeAndMappersSeeWhereItWillEnd()
    {
        Assert.True(_other.IsEmpty);
        Assert.Equal(Errno.None, _table.TryBegin(s_file, s_one, 100, out _, out _));
        Assert.Equal(100, _other.EndOf(s_file));
        Assert.Equal(long.MaxValue, _other.EndOf(s_file with { Inode = 78 }));
        Assert.Equal(Errno.EBUSY, _other.TryBegin(s_file, s_two, 50, out var holder, out _));
        Assert.Equal(s_one, holder);
        // Not the one that has it.
        _other.End(s_file, s_two);
        Assert.Equal(100, _other.EndOf(s_file));
        _table.End(s_file, s_one);
        Assert.True(_other.IsEmpty);
        Assert.Equal(Errno.None, _other.TryBegin(s_file, s_two, 50, out _, out _));
    }

    [Fact]
    public async Task WhoWaitsIsWokenWhenTheOtherHasDone()
    {
        Assert.Equal(Errno.None, _table.TryBegin(s_file, s_one, 100, out _, out _));
        Assert.Equal(Errno.EBUSY, _other.TryBegin(s_file, s_two, 50, out _, out var epoch));
        var wait = Task.Run(() => _other.Wait(epoch, TimeSpan.FromMinutes(2)));
        _table.End(s_file, s_one);
        await wait.WaitAsync(TimeSpan.FromMinutes(1));
        // It has ended in between: no wait at all.
        _other.Wait(epoch, TimeSpan.FromMinutes(2));
    }

    [Fact]
    public void ScratchMemoryKeepsItsEntryAndReadersWithoutTheLockSeeIt()
    {
        using var reader = MapTable.Read(OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, _path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), "open"));
        Assert.Equal(long.MaxValue, reader.ScratchFrom(s_file));
        Assert.True(_table.NoteScratch(s_file, 8192, lower: true));
        Assert.True(_other.NoteScratch(s_file, 16384, lower: true));
        Assert.Equal(8192, reader.ScratchFrom(s_file));
        _other.NoteScratch(s_file, 16384, lower: false);
        Assert.Equal(16384, reader.ScratchFrom(s_file));
        _table.NoteScratch(s_file, long.MaxValue, lower: false);
        Assert.True(reader.IsEmpty);
    }

    [Fact]
    public void WhoMapsAFileIsNotedBySlot()
    {
        foreach (var slot in (int[])[0, 63, 64, 1023])
            Assert.True(_table.Enter(s_file, slot));
        Assert.True(_other.Has(s_file));
        Assert.Equal([0, 63, 64, 1023], _other.MappersOf(s_file));
        _other.ForgetDaemon(63);
        _other.Leave(s_file, 0);
        _other.Leave(s_file, 7);
        Assert.Equal([64, 1023], _table.MappersOf(s_file));
        _table.NoteScratch(s_file, 4096, lower: true);
        _table.Leave(s_file, 64);
        _table.Leave(s_file, 1023);
        // With its mappers its scratch memory is gone.
        Assert.False(_other.Has(s_file));
        Assert.True(_other.IsEmpty);
    }

    [Fact]
    public void AFullBucketRefusesAndIsUsedAgain()
    {
        var noted = 0u;
        var ino = 0ul;
        while (_table.NoteScratch(s_file with { Inode = ++ino }, 0, lower: true))
            noted++;
        // 1,024 buckets of 8.
        Assert.InRange(noted, 8u, 8192u);
        var full = s_file with { Inode = ino };
        Assert.Equal(Errno.ENOLCK, _table.TryBegin(full, s_one, 0, out _, out _));
        for (var i = 1ul; i < ino; i++)
            _table.NoteScratch(s_file with { Inode = i }, long.MaxValue, lower: false);
        Assert.True(_table.IsEmpty);
        Assert.Equal(Errno.None, _table.TryBegin(full, s_one, 0, out _, out _));
    }

    [Fact]
    public void AFileOfAnotherFormIsRefused()
    {
        var path = _path + ".other";
        File.WriteAllBytes(path, new byte[100]);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => MapTable.Open(path)).Errno);
        File.WriteAllBytes(path, [.. new byte[] { 1 }, .. new byte[MapTable.FileSize - 1]]);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => MapTable.Open(path)).Errno);
        File.Delete(path);
    }
}
