using System.IO;
using System.Linq;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Operations;

public sealed class OwnershipTests
{
    private static readonly string[] s_names = ["create", "mkdir", "mknod", "symlink"];

    [Theory, EachBacking]
    public void What_is_made_belongs_to_who_asked(Backing backing)
    {
        using var share = new Share(backing);
        Host.Chmod(share.At(""), 0x1FF);

        MakeAll(share, share.Root, 1000, 1001);

        foreach (var name in s_names)
            Assert.Equal((1000u, 1001u), (Host.Stat(share.At(name)).Uid, Host.Stat(share.At(name)).Gid));
        // The next request is another's: nothing of the last one's identity may stick to the thread.
        _ = share.Fuse.Mkdir(share.Root, "root's", 0x1ED).Value;
        Assert.Equal((0u, 0u), (Host.Stat(share.At("root's")).Uid, Host.Stat(share.At("root's")).Gid));
    }

    [Theory, EachBacking]
    public void In_a_setgid_folder_the_group_is_inherited(Backing backing)
    {
        using var share = new Share(backing);
        Directory.CreateDirectory(share.At("d"));
        Host.Chown(share.At("d"), 0, 555);
        Host.Chmod(share.At("d"), 0x5FF);
        var folder = share.Fuse.Lookup(share.Root, "d").Value.NodeId;

        MakeAll(share, folder, 1000, 1001);

        foreach (var name in s_names)
            Assert.Equal((1000u, 555u), (Host.Stat(share.At("d/" + name)).Uid, Host.Stat(share.At("d/" + name)).Gid));
        Assert.Equal(0x400u, Host.Mode(share.At("d/mkdir")) & 0x400);
    }

    [Theory, EachBacking]
    public void The_umask_is_applied_once(Backing backing)
    {
        using var share = new Share(backing);
        // Without DONT_MASK the guest has applied the umask already, and the daemon must add none of its own.
        var masked = share.Fuse.Session.Init!.Flags.HasFlag(InitFlags.DontMask);

        _ = share.Fuse.Create(share.Root, "create", Fcntl.O_RDWR, 0x81FF, umask: 0x12).Value;
        _ = share.Fuse.Mkdir(share.Root, "mkdir", 0x1FF, umask: 0x12).Value;
        _ = share.Fuse.Mknod(share.Root, "mknod", 0x81FF, umask: 0x12).Value;

        var expected = masked ? 0x1EDu : 0x1FFu;
        Assert.Equal([expected, expected, expected], s_names.Take(3).Select(n => Host.Mode(share.At(n))));
    }

    [Theory, EachBacking]
    public void Set_id_and_sticky_bits_can_be_asked_for(Backing backing)
    {
        using var share = new Share(backing);

        _ = share.Fuse.Create(share.Root, "f", Fcntl.O_RDWR, 0x8000 | 0xDED).Value;
        _ = share.Fuse.Mkdir(share.Root, "d", 0x3FF).Value;

        Assert.Equal(0xDEDu, Host.Mode(share.At("f")));
        Assert.Equal(0x3FFu, Host.Mode(share.At("d")));
    }

    [Theory, EachBacking]
    public void A_user_writes_where_the_guest_let_it_and_nobody_else_is_hurt(Backing backing)
    {
        using var share = new Share(backing);
        Host.Chmod(share.At(""), 0x1FF);
        var user = share.Fuse.As(1000, 1000);
        var file = user.Create(share.Root, "own", Fcntl.O_RDWR, 0x8100).Value;

        // Mode 0400 was given at creation; the open file stays writable, as on any local file system.
        Assert.Equal(1u, user.Write(file.Entry.NodeId, file.Open.Fh, 0, "x"u8).Value);
        Assert.Equal(0x100u, Host.Mode(share.At("own")));
    }

    private static void MakeAll(Share share, ulong parent, uint uid, uint gid)
    {
        var fuse = share.Fuse.As(uid, gid);
        _ = fuse.Create(parent, "create", Fcntl.O_RDWR, 0x81A4).Value;
        _ = fuse.Mkdir(parent, "mkdir", 0x1ED).Value;
        _ = fuse.Mknod(parent, "mknod", 0x1180).Value;
        _ = fuse.Symlink(parent, "symlink", "x").Value;
    }
}
