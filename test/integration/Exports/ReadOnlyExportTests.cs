using System.IO;
using System.Threading.Tasks;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Exports;

public sealed class ReadOnlyExportTests
{
    [Theory, EachBacking]
    public async Task Every_change_is_EROFS_and_nothing_changes(Backing backing)
    {
        using var share = new Share(backing);
        var fuse = share.Fuse;
        var folder = share.Folder.Location + "/ro";
        Directory.CreateDirectory(folder + "/d");
        File.WriteAllText(folder + "/f", "data");
        await share.Fsd!.AddExportAsync("ro", folder, readOnly: true);
        var root = fuse.Lookup(FuseValues.RootId, "ro").Value.NodeId;
        var file = fuse.Lookup(root, "f").Value.NodeId;
        var before = Host.Stat(folder + "/f");
        var fh = fuse.Open(file, Fcntl.O_RDONLY).Value.Fh;

        foreach (var (call, errno) in new (string, Errno)[]
        {
            ("open for writing", fuse.Open(file, Fcntl.O_RDWR).Errno),
            ("open with O_TRUNC", fuse.Open(file, Fcntl.O_RDONLY | Fcntl.O_TRUNC).Errno),
            ("create", fuse.Create(root, "n", Fcntl.O_RDWR, 0x81A4).Errno),
            ("create of what exists", fuse.Create(root, "f", Fcntl.O_RDWR, 0x81A4).Errno),
            ("mkdir", fuse.Mkdir(root, "n", 0x1ED).Errno),
            ("mknod", fuse.Mknod(root, "n", 0x81A4).Errno),
            ("symlink", fuse.Symlink(root, "n", "x").Errno),
            ("link", fuse.Link(file, root, "n").Errno),
            ("unlink", fuse.Unlink(root, "f")),
            ("rmdir", fuse.Rmdir(root, "d")),
            ("rename2", fuse.Rename2(root, "f", root, "g", 0)),
            ("rename", fuse.Rename(root, "f", root, "g")),
            ("chmod", fuse.SetAttr(file, new(SetAttrValid.Mode) { Mode = 0x8180 }).Errno),
            ("chown", fuse.SetAttr(file, new(SetAttrValid.Uid) { Uid = 1 }).Errno),
            ("truncate", fuse.SetAttr(file, new(SetAttrValid.Size)).Errno),
            ("utimes", fuse.SetAttr(file, new(SetAttrValid.Mtime | SetAttrValid.MtimeNow)).Errno),
            ("setxattr", fuse.SetXattr(file, "user.a", "1"u8)),
            ("removexattr", fuse.RemoveXattr(file, "user.a")),
        })
        {
            Assert.True(errno == Errno.EROFS, $"{call}: {errno} instead of EROFS");
        }

        // Handles for reading cannot write in the first place.
        Assert.Contains(fuse.Write(file, fh, 0, "x"u8).Errno, new[] { Errno.EROFS, Errno.EBADF });
        Assert.Contains(fuse.Fallocate(file, fh, 0, 9, 0), new[] { Errno.EROFS, Errno.EBADF });
        Assert.Contains(fuse.CopyFileRange(file, fh, 0, file, fh, 4, 4).Errno, new[] { Errno.EROFS, Errno.EBADF });
        Assert.Equal("data"u8.ToArray(), fuse.Read(file, fh, 0, 10).Value);
        Assert.Equal(Errno.EROFS, fuse.Access(file, 2));
        Assert.Equal(Errno.None, fuse.Access(file, 4));
        var after = Host.Stat(folder + "/f");
        Assert.Equal((before.Mode, before.Links, before.Size, before.ChangeTime.Nanoseconds), (after.Mode, after.Links, after.Size, after.ChangeTime.Nanoseconds));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder).Length);
    }
}
