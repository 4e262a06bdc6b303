using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Hostile.Guests;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Wire;
using static KataShimNet.VhostFrontEnd.Fuse.FuseOpcode;

namespace KataShimNet.Hostile.Cases;

/// <summary>Operations on nodes of a kind that they are not for, the root above the exports among them; flags and modes that make no sense.</summary>
internal static class KindCases
{
    private static readonly (string Name, Func<Guest, ulong> Node)[] s_others =
    [
        ("a file", g => g.File), ("a link", g => g.Link), ("a fifo", g => g.Fifo),
    ];

    private static readonly FuseOpcode[] s_ofDirectories = [Lookup, Mkdir, Mknod, Create, Symlink, FuseOpcode.Link, Unlink, Rmdir, Rename, Rename2, TmpFile, OpenDir];

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() =>
    [
        .. from good in GoodRequests.All where s_ofDirectories.Contains(good.Opcode) from other in s_others select InNoDirectory(good, other.Name, other.Node),
        .. OfOtherKinds(),
        .. AtTheRoot(),
        .. Flags(),
        .. Modes(),
    ];

    private static HostileCase InNoDirectory(GoodRequest good, string name, Func<Guest, ulong> node) => new("wrong kinds", $"{good.Title} in {name}", g =>
        g.Send(good.Opcode, node(g), good.Arguments(g), good.Room).Fails(Errno.ENOTDIR, Errno.EINVAL, Errno.ENXIO, Errno.ELOOP));

    private static IEnumerable<HostileCase> OfOtherKinds()
    {
        byte[] open = new WireWriter().U32(Fcntl.O_RDWR).U32(0).ToArray();
        foreach (var (kind, node, error) in new (string, Func<Guest, ulong>, Errno)[]
        {
            ("a folder", g => g.Folder, Errno.EISDIR), ("a link", g => g.Link, Errno.ELOOP), ("a fifo", g => g.Fifo, Errno.ENXIO),
            ("a socket", g => g.Fuse.Lookup(g.Root, "socket").Value.NodeId, Errno.ENXIO), ("the export's root", g => g.Root, Errno.EISDIR),
        })
        {
            yield return new("wrong kinds", $"Open of {kind}", g => g.Send(Open, node(g), open).Fails(error, Errno.EINVAL));
            yield return new("wrong kinds", $"SetAttr of the size of {kind}", g =>
                g.Send(SetAttr, node(g), new FuseSetAttr(SetAttrValid.Size) { Size = 1 }.ToBytes()).Fails(Errno.EINVAL, Errno.EISDIR, Errno.ELOOP, Errno.ENXIO));
            yield return new("wrong kinds", $"Readlink of {kind}", g =>
                _ = kind == "a link" ? g.Send(Readlink, node(g), []).Succeeds() : g.Send(Readlink, node(g), []).Fails(Errno.EINVAL, Errno.ENOENT));
            yield return new("wrong kinds", $"SetXattr of user.b of {kind}", g =>
            {
                var answer = g.Send(SetXattr, node(g), GoodRequests.XattrHead(g).Name("user.b").U8(1).ToArray());
                _ = kind.Contains("folder", StringComparison.Ordinal) || kind.Contains("root", StringComparison.Ordinal) ? answer.Succeeds() : answer.Fails(Errno.EPERM, Errno.EOPNOTSUPP);
            })
            { Changes = true };
            yield return new("wrong kinds", $"GetXattr of {kind}", g =>
                g.Send(GetXattr, node(g), new WireWriter().U32(100).U32(0).Name("user.a").ToArray()).Fails(Errno.ENODATA, Errno.EPERM, Errno.EOPNOTSUPP));
        }

        yield return new("wrong kinds", "chmod of a link leaves what it leads to", g =>
            g.Send(SetAttr, g.Link, new FuseSetAttr(SetAttrValid.Mode) { Mode = 0x1FF }.ToBytes()).SucceedsOrFails(Errno.EOPNOTSUPP))
        { Changes = true };
        yield return new("wrong kinds", "chown of a link leaves what it leads to", g =>
            g.Send(SetAttr, g.Link, new FuseSetAttr(SetAttrValid.Uid | SetAttrValid.Gid) { Uid = 7, Gid = 7 }.ToBytes()).Succeeds())
        { Changes = true };
        yield return new("wrong kinds", "times of a link leave what it leads to", g =>
            g.Send(SetAttr, g.Link, new FuseSetAttr(SetAttrValid.Mtime | SetAttrValid.Atime) { Mtime = (1, 1), Atime = (1, 1) }.ToBytes()).Succeeds())
        { Changes = true };
        yield return new("wrong kinds", "Link of a folder", g =>
            g.Send(FuseOpcode.Link, g.Root, new WireWriter().U64(g.Folder).Name("new").ToArray()).Fails(Errno.EPERM, Errno.EISDIR));
        yield return new("wrong kinds", "Link of a link is a name of the link", g =>
        {
            g.Send(FuseOpcode.Link, g.Root, new WireWriter().U64(g.Link).Name("new").ToArray()).Succeeds();
            Guest.Expect(new System.IO.FileInfo(g.Tree.At("new")).LinkTarget == "../../outside", "the new name is not the link");
        })
        { Changes = true };
        yield return new("wrong kinds", "Unlink of a folder", g => g.Send(Unlink, g.Root, "folder\0"u8).Fails(Errno.EISDIR, Errno.EPERM));
        yield return new("wrong kinds", "Rmdir of a file", g => g.Send(Rmdir, g.Root, "file\0"u8).Fails(Errno.ENOTDIR));
        yield return new("wrong kinds", "Rmdir of a folder that is not empty", g => g.Send(Rmdir, g.Root, "folder\0"u8).Fails(Errno.ENOTEMPTY));
        yield return new("wrong kinds", "Create of a name that is a link to the outside", g =>
            g.Send(Create, g.Root, new WireWriter().U32(Fcntl.O_RDWR | Fcntl.O_TRUNC).U32(0x81A4).Zeros(8).Name("absolute").ToArray()).Fails(Errno.ESTALE, Errno.ELOOP));
        yield return new("wrong kinds", "Create of a name that is a fifo", g =>
            g.Send(Create, g.Root, new WireWriter().U32(Fcntl.O_RDWR).U32(0x81A4).Zeros(8).Name("fifo").ToArray()).Fails(Errno.ESTALE, Errno.ENXIO));
        yield return new("wrong kinds", "Create of a name that is a folder", g =>
            g.Send(Create, g.Root, new WireWriter().U32(Fcntl.O_RDWR).U32(0x81A4).Zeros(8).Name("folder").ToArray()).Fails(Errno.EEXIST, Errno.EISDIR));
    }

    // The root above the exports is of the daemon's own making: nothing of the host is behind it.
    private static IEnumerable<HostileCase> AtTheRoot()
    {
        foreach (var good in GoodRequests.All)
        {
            yield return new("the root above the exports", good.Title, g =>
            {
                var arguments = good.Arguments(g);
                var answer = g.Send(good.Opcode, FuseValues.RootId, arguments, good.Room);
                _ = good.Opcode is GetAttr or StatFs or OpenDir or SyncFs or FuseOpcode.Statx or Access or ListXattr
                    ? answer.Succeeds()
                    : answer.Fails(Errno.EROFS, Errno.ENOENT, Errno.EPERM, Errno.EBADF, Errno.EISDIR, Errno.EINVAL, Errno.ENODATA, Errno.EXDEV);
            })
            { OursOnly = true };
        }

        foreach (var name in new[] { "g", "E", "e\u0001", "proc", "outside" })
            yield return new("the root above the exports", $"Lookup of {name.Replace('\u0001', '?')}", g => g.Send(Lookup, FuseValues.RootId, new WireWriter().Name(name).ToArray()).Fails(Errno.ENOENT)) { OursOnly = true };
    }

    private static IEnumerable<HostileCase> Flags()
    {
        foreach (var (name, flags) in new (string, int)[]
        {
            ("O_PATH", Fcntl.O_PATH), ("O_TMPFILE", Fcntl.O_TMPFILE | Fcntl.O_RDWR), ("O_DIRECTORY", Fcntl.O_DIRECTORY), ("O_CREAT and O_EXCL", Fcntl.O_CREAT | Fcntl.O_EXCL),
            ("both access modes", Fcntl.O_ACCMODE), ("O_ASYNC", 0x2000), ("O_DIRECT", 0x4000), ("all flags", -1), ("the sign", int.MinValue),
        })
        {
            yield return new("flags", $"Open with {name}", g =>
            {
                var answer = g.Send(Open, g.File, new WireWriter().U32((uint)flags).U32(0).ToArray()).SucceedsOrFails(Errno.EINVAL, Errno.ENOTDIR, Errno.EEXIST, Errno.EISDIR);
                if (answer.Errno == Errno.None)
                    g.Send(Release, g.File, new WireWriter().U64(BitConverter.ToUInt64(answer.Data)).Zeros(16).ToArray()).Succeeds();
            })
            { Changes = flags == -1 };
        }

        foreach (var flags in new uint[] { 3, 5, 6, 7, 8, 0x8000_0000, uint.MaxValue })
        {
            yield return new("flags", $"Rename2 with flags 0x{flags:x}", g =>
                g.Send(Rename2, g.Root, new WireWriter().U64(g.Folder).U32(flags).U32(0).Name("file").Name("inner").ToArray()).Fails(Errno.EINVAL, Errno.EEXIST));
        }

        foreach (var mode in new uint[] { 2, 4, 0x80, 0x100, 0x8000_0000, uint.MaxValue })
        {
            yield return new("flags", $"Fallocate with mode 0x{mode:x}", g =>
                g.Send(FuseOpcode.Fallocate, g.File, new WireWriter().U64(g.FileHandle).U64(0).U64(10).U32(mode).U32(0).ToArray()).Fails(Errno.EOPNOTSUPP, Errno.EINVAL));
        }

        foreach (var whence in new uint[] { 5, 6, 0x8000_0003, uint.MaxValue })
            yield return new("flags", $"Lseek with whence {whence}", g => g.Send(Lseek, g.File, new WireWriter().U64(g.FileHandle).U64(0).U32(whence).U32(0).ToArray()).Fails(Errno.EINVAL));
        foreach (var mask in new uint[] { 8, 15, 0x8000_0000, uint.MaxValue })
            yield return new("flags", $"Access with mask 0x{mask:x}", g => g.Send(Access, g.File, new WireWriter().U32(mask).U32(0).ToArray()).Fails(Errno.EINVAL));
        foreach (var flags in new ulong[] { 1, 1UL << 63, ulong.MaxValue })
        {
            yield return new("flags", $"CopyFileRange with flags 0x{flags:x}", g => g.Send(
                CopyFileRange, g.File, new WireWriter().U64(g.FileHandle).U64(0).U64(g.File).U64(g.FileHandle).U64(10).U64(5).U64(flags).ToArray()).Fails(Errno.EINVAL));
        }

        foreach (var flags in new uint[] { 1, 0x800, 0x1000, 0x8000_0000, uint.MaxValue })
            yield return new("flags", $"Statx with flags 0x{flags:x}", g => g.Send(FuseOpcode.Statx, g.File, new WireWriter().Zeros(16).U32(flags).U32(0x7FF).ToArray()).Fails(Errno.EINVAL, Errno.ENOSYS));
    }

    private static IEnumerable<HostileCase> Modes()
    {
        foreach (var mode in new uint[] { 0x4000, 0xA000, 0xF000, 0x3000, 0x5000, 0xFFFF_F000 })
            yield return new("modes", $"Mknod of the type 0x{mode:x}", g => g.Send(Mknod, g.Root, new WireWriter().U32(mode | 0x1A4).Zeros(12).Name("new").ToArray()).Fails(Errno.EINVAL, Errno.EPERM));
        foreach (var good in GoodRequests.All.Where(g => g.Opcode is Mkdir or Create or Mknod))
        {
            yield return new("modes", $"{good.Title} with all bits of the mode", g =>
            {
                var arguments = good.Arguments(g);
                BitConverter.TryWriteBytes(arguments.AsSpan(good.Opcode == Create ? 4 : 0), good.Opcode == Mknod ? 0x8FFFu : uint.MaxValue);
                g.Send(good.Opcode, g.Root, arguments, good.Room).SucceedsOrFails(Errno.EINVAL, Errno.EPERM);
                var path = g.Tree.At("new");
                Guest.Expect(!g.Tree.Inside.Contains("/e/new mode 3", StringComparison.Ordinal), $"{path} is of another type");
            })
            { Changes = true };
        }

        yield return new("modes", "SetAttr of all bits of the mode", g =>
        {
            g.Send(SetAttr, g.File, new FuseSetAttr(SetAttrValid.Mode) { Mode = uint.MaxValue }.ToBytes()).SucceedsOrFails(Errno.EINVAL);
            Guest.Expect(g.Tree.Inside.Contains("/e/file mode 10", StringComparison.Ordinal), "the file is of another type");
        })
        { Changes = true };
        foreach (var (uid, gid) in new[] { (uint.MaxValue, uint.MaxValue), (uint.MaxValue - 1, 0u), (1u << 31, 1u << 31) })
        {
            yield return new("modes", $"SetAttr of the owner {uid}:{gid}", g =>
                g.Send(SetAttr, g.File, new FuseSetAttr(SetAttrValid.Uid | SetAttrValid.Gid) { Uid = uid, Gid = gid }.ToBytes()).SucceedsOrFails(Errno.EINVAL, Errno.EPERM))
            { Changes = true };
        }

        foreach (var valid in new[] { 0u, 0x1000u, 0x8000_0000u, 0xFFFF_F000u })
            yield return new("modes", $"SetAttr with valid 0x{valid:x}", g => g.Send(SetAttr, g.File, new FuseSetAttr((SetAttrValid)valid).ToBytes()).SucceedsOrFails(Errno.EINVAL));
        foreach (var device in new uint[] { 0x0103, 0x0800, 0xFFFF_FFFF })
        {
            yield return new("modes", $"a device node 0x{device:x} is not opened on the host", g =>
            {
                if (g.Send(Mknod, g.Root, new WireWriter().U32(SysStat.S_IFCHR | 0x1B6).U32(device).Zeros(8).Name("new").ToArray()).SucceedsOrFails(Errno.EPERM).Errno != Errno.None)
                    return;
                g.Send(Open, g.Fuse.Lookup(g.Root, "new").Value.NodeId, new WireWriter().U32(Fcntl.O_RDWR).U32(0).ToArray()).Fails(Errno.ENXIO, Errno.EINVAL);
            })
            { Changes = true };
        }
    }
}
