using System;
using System.IO;
using System.Linq;
using KataShimNet.IntegrationTests.Confinement;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Options;

/// <summary>virtiofsd's options for the shared directory: what the guest is told, and what happens on the host.</summary>
public sealed class ServingOptionTests
{
    private const uint DirectIo = 1;
    private const uint KeepCache = 2;
    private const uint CacheDirectory = 8;

    [Theory]
    [InlineData("auto", 1, 0, 0)]
    [InlineData("always", 86400, KeepCache, KeepCache | CacheDirectory)]
    [InlineData("never", 0, DirectIo, 0)]
    [InlineData("metadata", 86400, DirectIo, KeepCache | CacheDirectory)]
    public void The_cache_mode_says_what_the_guest_keeps(string mode, int seconds, uint fileFlags, uint folderFlags)
    {
        using var daemon = ServingDaemon.Start(byShim: false, $"--cache={mode}");
        File.WriteAllText(daemon.At("a"), "");
        var entry = daemon.Fuse.Lookup(FuseValues.RootId, "a").Value;

        Assert.Equal(TimeSpan.FromSeconds(seconds), entry.EntryValid);
        Assert.Equal(TimeSpan.FromSeconds(seconds), entry.AttrValid);
        Assert.Equal(fileFlags, daemon.Fuse.Open(entry.NodeId, Fcntl.O_RDONLY).Value.Flags & 0xf);
        Assert.Equal(folderFlags, daemon.Fuse.OpenDir(FuseValues.RootId).Value.Flags & 0xf);
        Assert.Equal(mode != "never", daemon.Fuse.Session.Init!.Flags.HasFlag(InitFlags.DoReadDirPlus));
    }

    [Fact]
    public void Without_options_attributes_are_not_served_and_set_id_bits_are_the_guest_s()
    {
        using var daemon = ServingDaemon.Start(byShim: false);

        Assert.Equal(Errno.ENOSYS, daemon.Fuse.GetXattr(FuseValues.RootId, "user.a", 10).Errno);
        Assert.Equal(Errno.ENOSYS, daemon.Fuse.SetXattr(FuseValues.RootId, "user.a", "1"u8));
        Assert.Equal(Errno.ENOSYS, daemon.Fuse.ListXattr(FuseValues.RootId, 100).Errno);
        Assert.Equal(Errno.ENOSYS, daemon.Fuse.RemoveXattr(FuseValues.RootId, "user.a"));
        var flags = daemon.Fuse.Session.Init!.Flags;
        Assert.False(flags.HasFlag(InitFlags.HandleKillPrivV2));
        Assert.True(flags.HasFlag(InitFlags.DoReadDirPlus));
        Assert.True(flags.HasFlag(InitFlags.Submounts));
    }

    [Fact]
    public void Switches_take_away_and_add_what_is_negotiated()
    {
        using var daemon = ServingDaemon.Start(
            byShim: false, "--no-readdirplus", "--no-announce-submounts", "--killpriv-v2", "-o", "no_posix_lock,xattr");

        var flags = daemon.Fuse.Session.Init!.Flags;
        Assert.Equal(
            (InitFlags)0, flags & (InitFlags.DoReadDirPlus | InitFlags.ReadDirPlusAuto | InitFlags.Submounts | InitFlags.PosixLocks | InitFlags.FlockLocks));
        Assert.True(flags.HasFlag(InitFlags.HandleKillPrivV2));
        Assert.Equal(Errno.None, daemon.Fuse.SetXattr(FuseValues.RootId, "user.a", "1"u8));
    }

    [Fact]
    public void A_read_only_directory_refuses_every_change()
    {
        using var daemon = ServingDaemon.Start(byShim: false, "--readonly");

        Assert.Equal(Errno.EROFS, daemon.Fuse.Mkdir(FuseValues.RootId, "d", 0x1ED).Errno);
        Assert.Equal(Errno.EROFS, daemon.Fuse.Create(FuseValues.RootId, "f", Fcntl.O_RDWR, 0x81A4).Errno);
        Assert.Empty(Directory.EnumerateFileSystemEntries(daemon.At("")));
    }

    [Fact]
    public void Names_of_attributes_are_others_on_the_host()
    {
        using var daemon = ServingDaemon.Start(byShim: false, "--xattrmap=/map/trusted./user.virtiofs./");
        File.WriteAllText(daemon.At("a"), "");
        var node = daemon.Fuse.Lookup(FuseValues.RootId, "a").Value.NodeId;

        Assert.Equal(Errno.None, daemon.Fuse.SetXattr(node, "trusted.one", "1"u8));
        Assert.Equal(Errno.None, daemon.Fuse.SetXattr(node, "user.two", "2"u8));

        Assert.Equal("1"u8.ToArray(), Host.GetXattr(daemon.At("a"), "user.virtiofs.trusted.one").Value);
        Assert.Equal("1"u8.ToArray(), daemon.Fuse.GetXattr(node, "trusted.one", 10).Value);
        Assert.Equal(["trusted.one", "user.two"], daemon.Fuse.ListXattr(node, 1000).Value.Order());
        // 21 bytes for the guest; the host's names are longer.
        Assert.Equal(21u, daemon.Fuse.ListXattrSize(node).Value);
        Assert.Equal(2, daemon.Fuse.ListXattr(node, 21).Value.Length);
        Assert.Equal(Errno.ERANGE, daemon.Fuse.ListXattr(node, 20).Errno);
        Assert.Equal(Errno.EPERM, daemon.Fuse.SetXattr(node, "user.virtiofs.trusted.one", "x"u8));
        Assert.Equal(Errno.None, daemon.Fuse.RemoveXattr(node, "trusted.one"));
        Assert.Equal(Errno.ENODATA, Host.GetXattr(daemon.At("a"), "user.virtiofs.trusted.one").Errno);
    }

    [Fact]
    public void Ids_are_others_on_the_host()
    {
        using var daemon = ServingDaemon.Start(
            byShim: false, "--translate-uid=map:0:5000:100", "--translate-uid=forbid-guest:666:1", "--translate-gid=squash-guest:0:77:1000");
        Host.Chmod(daemon.At(""), 0x1FF);

        var made = daemon.Fuse.As(7, 8).Mkdir(FuseValues.RootId, "d", 0x1ED).Value;

        Assert.Equal((5007u, 77u), (Host.Stat(daemon.At("d")).Uid, Host.Stat(daemon.At("d")).Gid));
        Assert.Equal((7u, 77u), (made.Attr.Uid, made.Attr.Gid));
        Assert.Equal(7u, daemon.Fuse.GetAttr(made.NodeId).Value.Attr.Uid);
        Assert.Equal(Errno.None, daemon.Fuse.SetAttr(made.NodeId, new FuseSetAttr(SetAttrValid.Uid) { Uid = 9 }).Errno);
        Assert.Equal(5009u, Host.Stat(daemon.At("d")).Uid);
        Assert.Equal(Errno.EPERM, daemon.Fuse.SetAttr(made.NodeId, new FuseSetAttr(SetAttrValid.Uid) { Uid = 666 }).Errno);
        Assert.Equal(Errno.EPERM, daemon.Fuse.As(666, 0).Mkdir(FuseValues.RootId, "e", 0x1ED).Errno);
        Assert.False(Directory.Exists(daemon.At("e")));
    }

    [Theory]
    [InlineData("--allow-direct-io", Fcntl.O_DIRECT, true)]
    [InlineData("--preserve-noatime", Fcntl.O_NOATIME, true)]
    [InlineData("--xattr", Fcntl.O_DIRECT | Fcntl.O_NOATIME, false)]
    public void Flags_of_open_are_carried_out_when_asked_for(string option, int flag, bool carried)
    {
        using var daemon = ServingDaemon.Start(byShim: false, option);
        File.WriteAllText(daemon.At("flagged"), "");
        var node = daemon.Fuse.Lookup(FuseValues.RootId, "flagged").Value.NodeId;
        _ = daemon.Fuse.Open(node, Fcntl.O_RDONLY | flag).Value;

        Assert.Equal(carried, daemon.Worker.OpenFlags("/flagged").Any(flags => (flags & flag) != 0));
    }
}
