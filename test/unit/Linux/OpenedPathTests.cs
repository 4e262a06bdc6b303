using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Linux;

public sealed class OpenedPathTests
{
    [Fact]
    public void ItStaysTheSameFileWhateverHappensToThePath()
    {
        var path = Path.GetTempFileName();
        try
        {
            using var first = OpenedPath.Open(path);
            File.Delete(path);
            File.WriteAllText(path, "another");
            using var second = OpenedPath.Open(path);
            Assert.NotEqual(first.Inode, second.Inode);
            Assert.Equal(path, second.CanonicalPath);
            Assert.False(second.IsFolder || second.IsBlockDevice);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void ItKnowsWhatMemoryIs()
    {
        using var memory = OpenedPath.Open("/dev/shm");
        Assert.True(memory.IsFolder && memory.IsInMemory && memory.Capacity > 0);
        using var processes = OpenedPath.Open("/proc");
        Assert.False(processes.IsInMemory || processes.IsInHugePages);
    }

    [Fact]
    public void EventsOfAFolderCarryTheName()
    {
        var folder = Directory.CreateTempSubdirectory("katanet-test");
        try
        {
            using var inotify = new Inotify();
            var watch = inotify.Add(folder.FullName, SysInotify.IN_MOVED_TO);
            Assert.Empty(inotify.Read());
            File.CreateSymbolicLink(Path.Combine(folder.FullName, "new"), "there");
            LinuxException.Check(
                SysStdio.renameat(Fcntl.AT_FDCWD, Path.Combine(folder.FullName, "new"), Fcntl.AT_FDCWD, Path.Combine(folder.FullName, "..data")), "rename");
            Assert.Equal([new InotifyEvent(watch, SysInotify.IN_MOVED_TO, "..data")], inotify.Read());
            inotify.Remove(watch);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
