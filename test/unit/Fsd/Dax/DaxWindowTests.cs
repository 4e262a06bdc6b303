using System;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Dax;

/// <summary>The window against a front end that is as strict as QEMU, with real files by way of a real passthrough mount (root, Linux 6.9).</summary>
public sealed class DaxWindowTests : IDisposable
{
    private const long Size = 8 << 20;
    private const int Page = 4096;
    private const int Range = 2 << 20;

    private readonly string _file = Path.GetTempFileName();
    private readonly PassthroughMount _mount = PassthroughMount.Create();
    private readonly WindowFrontEnd _qemu = new(Size);
    private readonly DaxWindow _window;
    private readonly int _worker;

    public DaxWindowTests()
    {
        _mount.Serve();
        _window = new DaxWindow(Size, _mount, NullLogger.Instance);
        _window.Attach(_qemu.BackEnd);
        _window.Run.SetRings(true);
        _worker = _window.NextGeneration();
    }

    public void Dispose()
    {
        Assert.Equal((0, 0), (_qemu.Refusals, _qemu.Crashes));
        _window.Dispose();
        _qemu.Dispose();
        _mount.Dispose();
        File.Delete(_file);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(5000)]
    [InlineData(Range + 123)]
    public void A_file_of_any_size_is_the_same_memory(int size)
    {
        File.WriteAllBytes(_file, new byte[size]);
        Map(0, 0);
        _qemu[5] = (byte)'x';
        Assert.Equal((byte)'x', File.ReadAllBytes(_file)[5]);
        Assert.Equal(0, _qemu[Math.Min(size, Range - 1) | 1]);
        // What is appended is there with no new request.
        var requests = _qemu.Requests;
        using (var file = File.OpenWrite(_file))
        {
            file.Position = Range - 1;
            file.WriteByte((byte)'e');
        }

        Assert.Equal(((byte)'e', requests), (_qemu[Range - 1], _qemu.Requests));
    }

    [Fact]
    public void A_request_that_is_done_again_finds_its_mapping_in_place()
    {
        Map(0, 0);
        var requests = _qemu.Requests;
        Map(0, 0, MapRecord.Stored);
        Assert.Equal(requests, _qemu.Requests);
        // A range that is used anew is taken away first.
        Map(0, Range);
        Assert.Equal(1, _qemu.Count);
    }

    [Fact]
    public void What_a_dead_worker_asked_for_late_is_refused()
    {
        _window.NextGeneration();
        Assert.Equal(Errno.ESTALE, Assert.Throws<LinuxException>(() => Map(0, 0)).Errno);
        Assert.Equal(Errno.ESTALE, Assert.Throws<LinuxException>(() => _window.Unmap(_worker, 0, Range)).Errno);
        Assert.Equal(0, _qemu.Count);
    }

    [Fact]
    public async Task Nothing_is_asked_of_a_machine_that_is_stopped()
    {
        Map(0, 0);
        _window.Hold();
        _qemu.Stopped = true;
        var late = Task.Run(() => Map(Range, 0));
        Assert.False(_window.ReplaceWithScratch(Identity(), 0, long.MaxValue));
        Assert.True(_window.ReplaceWithScratch(default, 0, long.MaxValue));
        Assert.False(late.IsCompleted);
        _qemu.Stopped = false;
        _window.Release();
        await late;
        Assert.Equal(2, _qemu.Count);
    }

    [Fact]
    public void A_file_that_shrinks_leaves_scratch_memory_and_comes_back_when_it_grows()
    {
        File.WriteAllText(_file, new string('a', 4 * Page));
        Map(0, 0);
        Assert.True(_window.Maps(Identity()));
        Assert.True(_window.ReplaceWithScratch(Identity(), Page + 10, long.MaxValue));
        Resize(Page + 10);
        Assert.Equal(((byte)'a', (byte)'a', (byte)0), (_qemu[0], _qemu[Page + 9], _qemu[Page + 10]));
        // Past the end there is memory, and nobody's.
        Assert.Equal(0, _qemu[2 * Page]);
        _qemu[3 * Page] = 7;
        Resize(3 * Page);
        Assert.True(_window.Restore(Identity(), Page + 10, 3 * Page));
        _qemu[2 * Page] = (byte)'b';
        Assert.Equal((byte)'b', File.ReadAllBytes(_file)[2 * Page]);
        Assert.Equal(0, _qemu[3 * Page]);
        Assert.Equal(3, _qemu.Count);
        _window.Unmap(_worker, 0, Range);
        Assert.Equal(0, _qemu.Count);
    }

    [Fact]
    public void Pieces_of_a_file_that_grows_page_by_page_are_joined()
    {
        Resize(Page);
        Map(0, 0);
        Assert.True(_window.ReplaceWithScratch(Identity(), Page, long.MaxValue));
        for (var pages = 2; pages <= 40; pages++)
        {
            Resize(pages * Page);
            Assert.True(_window.Restore(Identity(), (pages - 1) * Page, pages * Page));
            _qemu[(pages - 1) * Page] = (byte)pages;
            Assert.InRange(_qemu.Count, 1, 10);
        }

        Assert.Equal(40, File.ReadAllBytes(_file)[39 * Page]);
    }

    [Fact]
    public void A_removed_export_lets_its_files_go()
    {
        Resize(Page);
        Map(0, 0);
        _window.DropExport(7);
        Assert.False(_window.Maps(Identity()));
        Assert.Equal(1, _qemu.Count);
        _qemu[0] = 1;
        Assert.Equal(0, File.ReadAllBytes(_file)[0]);
        Assert.Equal(Errno.ESTALE, Assert.Throws<LinuxException>(() => Map(Range, 0)).Errno);
        _window.AddExport(7);
        Map(Range, 0);
    }

    [Theory]
    [InlineData(1, Range, 0)]
    [InlineData(0, 0, 0)]
    [InlineData(0, Range, 1)]
    [InlineData(Size, Range, 0)]
    [InlineData(0, 2 * Size, 0)]
    [InlineData(-Page, Range, 0)]
    [InlineData(0, Range, -Page)]
    [InlineData(0, Range, 1L << 60)]
    public void What_a_guest_may_not_ask_for_is_refused_here(long offset, long length, long fileOffset)
    {
        Assert.Equal(
            Errno.EINVAL,
            Assert.Throws<LinuxException>(() => _window.Map(_worker, new MapRecord { Offset = offset, Length = length, FileOffset = fileOffset }, Open())).Errno);
        Assert.Equal(0, _qemu.Requests);
    }

    private void Map(long offset, long fileOffset, uint flags = 0) => _window.Map(
        _worker,
        new MapRecord { Offset = offset, Length = Range, FileOffset = fileOffset, Export = 7, Flags = MapRecord.Writable | flags },
        Open());

    private OwnedFd Open() => OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, _file, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0), "open", _file);

    private void Resize(long size)
    {
        using var file = File.OpenWrite(_file);
        file.SetLength(size);
    }

    private unsafe FileIdentity Identity()
    {
        Statx status;
        fixed (byte* path = Encoding.UTF8.GetBytes(_file + "\0"))
            LinuxException.Check(SysStat.statx(Fcntl.AT_FDCWD, path, 0, SysStat.STATX_BASIC_STATS, &status), "statx", _file);
        return new FileIdentity(status.DevMajor, status.DevMinor, status.Inode);
    }
}
