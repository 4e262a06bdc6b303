using System.IO;
using System.Linq;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Operations;

public sealed class XattrTests
{
    private const uint CreateOnly = 1;
    private const uint ReplaceOnly = 2;

    [Theory]
    [InlineData(Backing.Ext4, true)]
    [InlineData(Backing.Ext4, false)]
    [InlineData(Backing.Tmpfs, true)]
    public void Attributes_are_set_read_listed_and_removed(Backing backing, bool extended)
    {
        var flags = new ShareOptions().InitFlags & ~(extended ? 0 : InitFlags.SetXattrExt);
        using var share = new Share(backing, new() { InitFlags = flags });
        var (fuse, node) = FileOf(share);
        byte[] value = [0, 1, 2, 255, 0];

        Assert.Equal(Errno.None, fuse.SetXattr(node, "user.one", value));
        Assert.Equal(value, Host.GetXattr(share.At("a"), "user.one").Value);
        Assert.Equal(Errno.None, Host.SetXattr(share.At("a"), "user.two", "2"u8));
        Assert.Equal("2"u8.ToArray(), fuse.GetXattr(node, "user.two", 100).Value);
        Assert.Equal(5u, fuse.GetXattrSize(node, "user.one").Value);
        Assert.Equal(value, fuse.GetXattr(node, "user.one", 5).Value);
        Assert.Equal(["user.one", "user.two"], fuse.ListXattr(node, 1000).Value.Where(IsUser).Order());
        Assert.True(fuse.ListXattrSize(node).Value >= 18);
        Assert.Equal(Errno.None, fuse.RemoveXattr(node, "user.one"));
        Assert.Equal(Errno.ENODATA, Host.GetXattr(share.At("a"), "user.one").Errno);
    }

    [Theory, EachBacking]
    public void Errors_are_those_of_the_host(Backing backing)
    {
        using var share = new Share(backing);
        var (fuse, node) = FileOf(share);
        _ = fuse.SetXattr(node, "user.a", "12345"u8);

        Assert.Equal(Errno.ENODATA, fuse.GetXattr(node, "user.none", 10).Errno);
        Assert.Equal(Errno.ENODATA, fuse.GetXattrSize(node, "user.none").Errno);
        Assert.Equal(Errno.ENODATA, fuse.RemoveXattr(node, "user.none"));
        Assert.Equal(Errno.ERANGE, fuse.GetXattr(node, "user.a", 4).Errno);
        Assert.Equal(Errno.ERANGE, fuse.ListXattr(node, 1).Errno);
        Assert.Equal(Errno.EEXIST, fuse.SetXattr(node, "user.a", "1"u8, CreateOnly));
        Assert.Equal(Errno.ENODATA, fuse.SetXattr(node, "user.b", "1"u8, ReplaceOnly));
        Assert.Equal(Errno.EOPNOTSUPP, fuse.SetXattr(node, "nonsense.a", "1"u8));
        Assert.Equal("12345"u8.ToArray(), Host.GetXattr(share.At("a"), "user.a").Value);
    }

    [Theory, EachBacking]
    public void Folders_carry_attributes_and_symbolic_links_none_of_user(Backing backing)
    {
        using var share = new Share(backing);
        var folder = share.Fuse.Mkdir(share.Root, "d", 0x1ED).Value.NodeId;
        share.Put("target", "");
        File.CreateSymbolicLink(share.At("l"), "target");
        var link = share.Fuse.Lookup(share.Root, "l").Value.NodeId;

        Assert.Equal(Errno.None, share.Fuse.SetXattr(folder, "user.d", "1"u8));
        Assert.Equal("1"u8.ToArray(), Host.GetXattr(share.At("d"), "user.d").Value);
        Assert.Equal(Errno.EPERM, share.Fuse.SetXattr(link, "user.l", "1"u8));
        Assert.Equal(Errno.ENODATA, Host.GetXattr(share.At("target"), "user.l").Errno);
    }

    [Theory, EachBacking]
    public void Large_and_empty_values_come_back(Backing backing)
    {
        using var share = new Share(backing);
        var (fuse, node) = FileOf(share);
        var large = Enumerable.Range(0, 3000).Select(i => (byte)i).ToArray();

        Assert.Equal(Errno.None, fuse.SetXattr(node, "user.large", large));
        Assert.Equal(large, fuse.GetXattr(node, "user.large", 65536).Value);
        Assert.Equal(Errno.None, fuse.SetXattr(node, "user.empty", []));
        Assert.Empty(fuse.GetXattr(node, "user.empty", 10).Value);
        Assert.Equal(0u, fuse.GetXattrSize(node, "user.empty").Value);
    }

    private static (FuseClient Fuse, ulong Node) FileOf(Share share)
    {
        share.Put("a", "");
        return (share.Fuse, share.Fuse.Lookup(share.Root, "a").Value.NodeId);
    }

    private static bool IsUser(string name) => name.StartsWith("user.", System.StringComparison.Ordinal);
}
