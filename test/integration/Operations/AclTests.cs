using System.IO;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Wire;
using Xunit;

namespace KataShimNet.IntegrationTests.Operations;

/// <summary>POSIX ACLs (acl(5)): the host keeps them, the guest's kernel checks them.</summary>
public sealed class AclTests
{
    private const string Access = "system.posix_acl_access";
    private const string Default = "system.posix_acl_default";
    private const uint KillSgid = 1;

    [Theory, EachBacking]
    public void An_ACL_changes_the_mode_and_comes_back(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "");
        Host.Chmod(share.At("a"), 0x1A0);
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        // user::rw-, user:1000:rwx, group::r--, mask::r-x, other::---
        var acl = Acl((1, 6, -1), (2, 7, 1000), (4, 4, -1), (16, 5, -1), (32, 0, -1));

        Assert.Equal(Errno.None, share.Fuse.SetXattr(node, Access, acl));

        Assert.Equal(0x1A8u, Host.Mode(share.At("a")));
        Assert.Equal(acl, Host.GetXattr(share.At("a"), Access).Value);
        Assert.Equal(acl, share.Fuse.GetXattr(node, Access, 200).Value);
        Assert.Equal(Errno.None, share.Fuse.RemoveXattr(node, Access));
        Assert.Equal(Errno.ENODATA, share.Fuse.GetXattr(node, Access, 200).Errno);
        Assert.Equal(Errno.EINVAL, share.Fuse.SetXattr(node, Access, [1, 2, 3]));
    }

    [Theory, EachBacking]
    public void A_default_ACL_stands_in_for_the_umask(Backing backing)
    {
        using var share = new Share(backing);
        var folder = share.Fuse.Mkdir(share.Root, "d", 0x1ED).Value.NodeId;
        var acl = Acl((1, 7, -1), (4, 7, -1), (32, 5, -1));
        Assert.Equal(Errno.None, share.Fuse.SetXattr(folder, Default, acl));

        foreach (var (parent, path, expected) in new[] { (folder, "d/", 0x1FDu), (share.Root, "", 0x1C0u) })
        {
            _ = share.Fuse.Create(parent, "file", Fcntl.O_RDWR, 0x81FF, umask: 0x3F).Value;
            _ = share.Fuse.Mkdir(parent, "folder", 0x1FF, umask: 0x3F).Value;
            _ = share.Fuse.Mknod(parent, "fifo", 0x11FF, umask: 0x3F).Value;
            Assert.Equal(expected & 0x1FF, Host.Mode(share.At(path + "file")));
            Assert.Equal(expected, Host.Mode(share.At(path + "folder")));
            Assert.Equal(expected, Host.Mode(share.At(path + "fifo")));
        }

        Assert.Equal(acl, Host.GetXattr(share.At("d/folder"), Default).Value);
    }

    [Theory, EachBacking]
    public void Who_is_no_member_of_the_group_loses_set_group_id_with_an_ACL(Backing backing)
    {
        using var share = new Share(backing);
        var acl = Acl((1, 7, -1), (4, 7, -1), (32, 5, -1));
        foreach (var (name, flags, expected) in new[] { ("kept", 0u, 0x5FDu), ("lost", KillSgid, 0x1FDu) })
        {
            share.Put(name, "");
            Host.Chmod(share.At(name), 0x5FF);
            var node = share.Fuse.Lookup(share.Root, name).Value.NodeId;

            Assert.Equal(Errno.None, share.Fuse.SetXattr(node, Access, acl, 0, flags));

            Assert.Equal(expected, Host.Mode(share.At(name)));
        }
    }

    [Theory, EachBacking]
    public void A_guest_that_does_not_check_ACLs_cannot_set_any(Backing backing)
    {
        using var share = new Share(backing, new() { InitFlags = new ShareOptions().InitFlags & ~InitFlags.PosixAcl });
        share.Put("a", "");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;

        Assert.Equal(Errno.EOPNOTSUPP, share.Fuse.SetXattr(node, Access, Acl((1, 6, -1), (4, 4, -1), (32, 0, -1))));
        Assert.False(share.Fuse.Session.Init!.Flags.HasFlag(InitFlags.DontMask));
    }

    [Theory]
    [InlineData(InitFlags.CreateSuppGroup, 0x5FDu)]
    [InlineData(InitFlags.None, 0x1FDu)]
    public void A_member_by_a_supplementary_group_may_make_set_group_id_files(InitFlags knows, uint expected)
    {
        using var share = new Share(Backing.Ext4, new() { InitFlags = (new ShareOptions().InitFlags & ~InitFlags.CreateSuppGroup) | knows });
        Directory.CreateDirectory(share.At("d"));
        Host.Chown(share.At("d"), 0, 555);
        Host.Chmod(share.At("d"), 0x5FF);
        var folder = share.Fuse.Lookup(share.Root, "d").Value.NodeId;

        _ = share.Fuse.As(1000, 1000).Create(folder, "f", Fcntl.O_RDWR, 0x85FD).Value;

        // A kernel that knows supplementary groups has taken the bit away where it had to.
        Assert.Equal(expected, Host.Mode(share.At("d/f")));
        Assert.Equal(555u, Host.Stat(share.At("d/f")).Gid);
    }

    private static byte[] Acl(params (ushort Tag, ushort Permissions, int Id)[] entries)
    {
        var bytes = new WireWriter().U32(2);
        foreach (var (tag, permissions, id) in entries)
            bytes.U16(tag).U16(permissions).U32((uint)id);
        return bytes.ToArray();
    }
}
