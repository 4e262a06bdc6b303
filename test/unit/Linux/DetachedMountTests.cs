using System;
using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Linux;

public sealed class DetachedMountTests
{
    [Fact]
    public void ATmpfsWorksThroughItsDescriptorAndIsInNobodysTable()
    {
        var table = File.ReadAllText("/proc/self/mountinfo");
        using var context = DetachedMount.OpenFileSystem("tmpfs");
        DetachedMount.SetString(context, "size", "1M");
        using var mount = DetachedMount.Mount(context, SysMount.MOUNT_ATTR_NODEV);
        using (var file = OwnedFd.FromCall(Fcntl.openat(mount.Fd, "name", Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0x180), "openat"))
            Assert.False(file.IsInvalid);
        Assert.Equal(table, File.ReadAllText("/proc/self/mountinfo"));
    }

    [Fact]
    public void AReadOnlyCloneRefusesWrites()
    {
        var folder = Directory.CreateTempSubdirectory("katanet-unit-");
        try
        {
            using var clone = DetachedMount.Clone(folder.FullName, recursive: false);
            DetachedMount.SetAttributes(clone, SysMount.MOUNT_ATTR_RDONLY, recursive: false);
            var result = Fcntl.openat(clone.Fd, "name", Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0x180);
            Assert.Equal((-1, Errno.EROFS), (result, LinuxException.LastErrno));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void ARefusalNamesTheOption()
    {
        using var context = DetachedMount.OpenFileSystem("tmpfs");
        var error = Assert.Throws<LinuxException>(() => DetachedMount.SetString(context, "no_such_option", "1"));
        Assert.Equal(Errno.EINVAL, error.Errno);
        Assert.Contains("no_such_option", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownFileSystemIsEnodev() =>
        Assert.Equal(Errno.ENODEV, Assert.Throws<LinuxException>(() => DetachedMount.OpenFileSystem("no-such-fs")).Errno);
}
