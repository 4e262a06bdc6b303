using System;
using System.IO;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.IntegrationTests.Operations;

public sealed class IoctlTests
{
    private const uint GetFlags = (uint)SysIoctl.FS_IOC_GETFLAGS;
    private const uint SetFlags = (uint)SysIoctl.FS_IOC_SETFLAGS;
    private const uint GetAttributes = (uint)SysIoctl.FS_IOC_FSGETXATTR;
    private const uint SetAttributes = (uint)SysIoctl.FS_IOC_FSSETXATTR;
    private const uint GetVersion = (uint)SysIoctl.FS_IOC_GETVERSION;

    // linux/fs.h: FS_NODUMP_FL, FS_IMMUTABLE_FL, FS_XFLAG_NODUMP.
    private const int NoDump = 0x40;
    private const int Immutable = 0x10;
    private const int NoDumpAttribute = 0x80;

    [Theory, EachBacking]
    public void Flags_of_files_and_folders_are_read_and_set(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "");
        Directory.CreateDirectory(share.At("d"));
        foreach (var directory in new[] { false, true })
        {
            var path = directory ? "d" : "a";
            var node = share.Fuse.Lookup(share.Root, path).Value.NodeId;
            var fh = directory ? share.Fuse.OpenDir(node).Value.Fh : share.Fuse.Open(node, Fcntl.O_RDONLY).Value.Fh;
            var before = BitConverter.ToInt32(share.Fuse.Ioctl(node, fh, GetFlags, [], 4, directory).Value);

            Assert.Equal(Errno.None, share.Fuse.Ioctl(node, fh, SetFlags, BitConverter.GetBytes(before | NoDump), 0, directory).Errno);

            Assert.Equal(before | NoDump, BitConverter.ToInt32(share.Fuse.Ioctl(node, fh, GetFlags, [], 4, directory).Value));
            Assert.Equal(NoDump, HostFlags(share.At(path)) & NoDump);
            Assert.Equal(Errno.EBADF, share.Fuse.Ioctl(node, fh, GetFlags, [], 4, !directory).Errno);
        }
    }

    [Theory, EachBacking]
    public void Attributes_are_read_and_set(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var fh = share.Fuse.Open(node, Fcntl.O_RDONLY).Value.Fh;
        var attributes = share.Fuse.Ioctl(node, fh, GetAttributes, [], 28).Value;
        Assert.Equal(28, attributes.Length);

        BitConverter.TryWriteBytes(attributes, BitConverter.ToInt32(attributes) | NoDumpAttribute);
        Assert.Equal(Errno.None, share.Fuse.Ioctl(node, fh, SetAttributes, attributes, 0).Errno);

        Assert.Equal(NoDump, HostFlags(share.At("a")) & NoDump);
        if (backing == Backing.Ext4)
            Assert.Equal(8, share.Fuse.Ioctl(node, fh, GetVersion, [], 8).Value.Length);
    }

    [Fact]
    public void A_guest_cannot_make_files_that_the_host_cannot_remove()
    {
        using var share = new Share(Backing.Ext4);
        share.Put("a", "");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var fh = share.Fuse.Open(node, Fcntl.O_RDWR).Value.Fh;
        var before = BitConverter.ToInt32(share.Fuse.Ioctl(node, fh, GetFlags, [], 4).Value);

        Assert.Equal(Errno.EPERM, share.Fuse.Ioctl(node, fh, SetFlags, BitConverter.GetBytes(before | Immutable), 0).Errno);
    }

    [Fact]
    public void Read_only_exports_keep_their_flags()
    {
        using var share = new Share(Backing.Ext4, new() { Coherency = CoherencyClass.Static });
        share.Put("a", "");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var fh = share.Fuse.Open(node, Fcntl.O_RDONLY).Value.Fh;
        var flags = share.Fuse.Ioctl(node, fh, GetFlags, [], 4).Value;

        Assert.Equal(Errno.EROFS, share.Fuse.Ioctl(node, fh, SetFlags, flags, 0).Errno);
    }

    [Theory]
    [InlineData(0x5413u, 8)] // TIOCGWINSZ
    [InlineData(0x1277u, 0)] // BLKDISCARD
    [InlineData(0xc0189436u, 24)] // FIDEDUPERANGE
    [InlineData(0u, 0)]
    public void Other_requests_are_ENOTTY(uint command, int room)
    {
        using var share = new Share(Backing.Tmpfs);
        share.Put("a", "");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var fh = share.Fuse.Open(node, Fcntl.O_RDWR).Value.Fh;

        Assert.Equal(Errno.ENOTTY, share.Fuse.Ioctl(node, fh, command, new byte[room], room).Errno);
        Assert.Equal(Errno.EINVAL, share.Fuse.Ioctl(node, fh, SetFlags, [1, 2], 0).Errno);
        Assert.Equal(Errno.EINVAL, share.Fuse.Ioctl(node, fh, GetFlags, [], 4096).Errno);
    }

    private static unsafe int HostFlags(string path)
    {
        using var fd = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), "open", path);
        int flags;
        LinuxException.Check(SysIoctl.ioctl(fd.Fd, SysIoctl.FS_IOC_GETFLAGS, &flags), "FS_IOC_GETFLAGS", path);
        return flags;
    }
}
