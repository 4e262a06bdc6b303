using System.Linq;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Operations;

public sealed class SpaceTests
{
    private const uint SeekData = 3;
    private const uint SeekHole = 4;

    [Theory, EachBacking]
    public void FALLOCATE_reserves_extends_and_punches(Backing backing)
    {
        using var share = new Share(backing);
        var (node, fh) = Create(share, "a");

        Assert.Equal(Errno.None, share.Fuse.Fallocate(node, fh, 0, 65536, 0));
        Assert.Equal(65536UL, Host.Stat(share.At("a")).Size);
        Assert.Equal(Errno.None, share.Fuse.Fallocate(node, fh, 65536, 65536, (uint)Fcntl.FALLOC_FL_KEEP_SIZE));
        Assert.Equal(65536UL, Host.Stat(share.At("a")).Size);
        Assert.Equal(256UL, Host.Stat(share.At("a")).Blocks);
        _ = share.Fuse.Write(node, fh, 0, Enumerable.Repeat((byte)1, 65536).ToArray()).Value;
        Assert.Equal(Errno.None, share.Fuse.Fallocate(node, fh, 4096, 8192, (uint)(Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE)));
        Assert.Equal(240UL, Host.Stat(share.At("a")).Blocks);
        Assert.Equal(8192, share.HostBytes("a").Count(b => b == 0));
        var zero = share.Fuse.Fallocate(node, fh, 0, 4096, (uint)Fcntl.FALLOC_FL_ZERO_RANGE);
        Assert.Equal(backing == Backing.Ext4 ? Errno.None : Errno.EOPNOTSUPP, zero);
        Assert.Equal(backing == Backing.Ext4 ? 12288 : 8192, share.HostBytes("a").Count(b => b == 0));
        Assert.Equal(Errno.EINVAL, share.Fuse.Fallocate(node, fh, 0, 0, 0));
    }

    [Theory, EachBacking]
    public void LSEEK_finds_data_and_holes(Backing backing)
    {
        using var share = new Share(backing);
        var (node, fh) = Create(share, "a");
        _ = share.Fuse.Write(node, fh, 1 << 20, new byte[4096]).Value;
        _ = share.Fuse.SetAttr(node, new(SetAttrValid.Size) { Size = 3 << 20 }).Value;

        Assert.Equal(1UL << 20, share.Fuse.Lseek(node, fh, 0, SeekData).Value);
        Assert.Equal((1UL << 20) + 4096, share.Fuse.Lseek(node, fh, 1 << 20, SeekHole).Value);
        Assert.Equal(0UL, share.Fuse.Lseek(node, fh, 0, SeekHole).Value);
        Assert.Equal(Errno.ENXIO, share.Fuse.Lseek(node, fh, 2 << 20, SeekData).Errno);
        Assert.Equal(Errno.ENXIO, share.Fuse.Lseek(node, fh, 4 << 20, SeekHole).Errno);
        Assert.Equal(Errno.EINVAL, share.Fuse.Lseek(node, fh, 0, 99).Errno);
    }

    [Theory, EachBacking]
    public void COPY_FILE_RANGE_copies_between_and_within_files(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("from", "0123456789");
        var from = share.Fuse.Lookup(share.Root, "from").Value.NodeId;
        var fromFh = share.Fuse.Open(from, Fcntl.O_RDWR).Value.Fh;
        var (to, toFh) = Create(share, "to");

        Assert.Equal(4u, share.Fuse.CopyFileRange(from, fromFh, 3, to, toFh, 1, 4).Value);
        Assert.Equal("\03456"u8.ToArray(), share.HostBytes("to"));
        Assert.Equal(2u, share.Fuse.CopyFileRange(from, fromFh, 8, to, toFh, 0, 1000).Value);
        Assert.Equal(0u, share.Fuse.CopyFileRange(from, fromFh, 100, to, toFh, 0, 1000).Value);
        Assert.Equal(Errno.EINVAL, share.Fuse.CopyFileRange(from, fromFh, 0, from, fromFh, 5, 8).Errno);
        Assert.Equal(Errno.EINVAL, share.Fuse.CopyFileRange(from, fromFh, 0, to, toFh, 0, 1, flags: 7).Errno);
        var reading = share.Fuse.Open(to, Fcntl.O_RDONLY).Value.Fh;
        Assert.Equal(Errno.EBADF, share.Fuse.CopyFileRange(from, fromFh, 0, to, reading, 0, 1).Errno);
    }

    private static (ulong Node, ulong Fh) Create(Share share, string name)
    {
        var file = share.Fuse.Create(share.Root, name, Fcntl.O_RDWR, 0x81A4).Value;
        return (file.Entry.NodeId, file.Open.Fh);
    }
}
