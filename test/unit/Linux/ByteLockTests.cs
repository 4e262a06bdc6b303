using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Linux;

public sealed class ByteLockTests : IDisposable
{
    private const long Byte = 1L << 40;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void One_description_has_it_until_it_lets_go()
    {
        using var first = Open();
        using var second = Open();
        var mine = new ByteLock(first, Byte);
        var others = new ByteLock(second, Byte);
        Assert.True(mine.TryTake());
        Assert.True(mine.TryTake());
        Assert.False(mine.IsTaken);
        Assert.True(others.IsTaken);
        Assert.False(others.TryTake());
        Assert.True(new ByteLock(second, Byte + 1).TryTake());
        mine.Release();
        Assert.False(others.IsTaken);
        Assert.True(others.TryTake());
    }

    [Fact]
    public async Task Who_waits_has_it_when_the_last_descriptor_of_the_holder_is_closed()
    {
        var holder = Open();
        var duplicate = holder.Duplicate();
        new ByteLock(holder, Byte).Take();
        using var waiter = Open();
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            new ByteLock(waiter, Byte).Take();
            waiting.SetResult();
        });
        thread.Start();
        holder.Dispose();
        using (var other = Open())
            Assert.True(new ByteLock(other, Byte).IsTaken);
        Assert.False(waiting.Task.IsCompleted);
        duplicate.Dispose();
        await waiting.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        thread.Join();
    }

    [Fact]
    public void A_file_that_is_not_open_for_writing_is_an_error_and_no_refusal()
    {
        using var file = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, _path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), "open", _path);
        Assert.Equal(Errno.EBADF, Assert.Throws<LinuxException>(() => new ByteLock(file, Byte).TryTake()).Errno);
        Assert.Equal(Errno.EBADF, Assert.Throws<LinuxException>(() => new ByteLock(file, Byte).Take()).Errno);
    }

    private OwnedFd Open() => OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, _path, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0), "open", _path);
}
