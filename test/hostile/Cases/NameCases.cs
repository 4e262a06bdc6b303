using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using KataShimNet.Hostile.Guests;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.Hostile.Cases;

/// <summary>Names that are no names, for every operation that takes one; names of attributes; ways upwards.</summary>
internal static class NameCases
{
    private static readonly (string Name, byte[] Bytes, Errno Error)[] s_names =
    [
        ("an empty name", [0], Errno.EINVAL),
        (".", Zero("."), Errno.EINVAL),
        ("..", Zero(".."), Errno.EINVAL),
        ("/", Zero("/"), Errno.EINVAL),
        ("a/b", Zero("folder/inner"), Errno.EINVAL),
        ("a/", Zero("folder/"), Errno.EINVAL),
        ("a name through a link", Zero("folder-link/file"), Errno.EINVAL),
        ("../../outside", Zero("../../outside"), Errno.EINVAL),
        ("an absolute path", Zero("/etc/passwd"), Errno.EINVAL),
        ("a name of 256 bytes", Zero(new string('n', 256)), Errno.ENAMETOOLONG),
        ("a name of 300 bytes", Zero(new string('n', 300)), Errno.ENAMETOOLONG),
        ("a name of 70,000 bytes", Zero(new string('n', 70_000)), Errno.ENAMETOOLONG),
        ("a name of 4,096 slashes", Zero(new string('/', 4096)), Errno.ENAMETOOLONG),
    ];

    private static readonly (string Name, byte[] Bytes)[] s_attributes =
    [
        ("an empty name", [0]),
        ("nothing behind the namespace", Zero("user.")),
        ("no namespace", Zero("a")),
        ("an unknown namespace", Zero("wrong.a")),
        ("a name of 256 bytes", Zero("user." + new string('n', 251))),
        ("a name of 300 bytes", Zero("user." + new string('n', 295))),
        ("a name of 70,000 bytes", Zero("user." + new string('n', 70_000))),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() =>
    [
        .. from good in GoodRequests.All where IsOfEntries(good)
           from which in Enumerable.Range(0, good.Opcode == FuseOpcode.Symlink ? 1 : good.Names.Length)
           from name in s_names select Entry(good, which, name.Name, name.Bytes, name.Error),
        .. from good in GoodRequests.All where IsOfEntries(good) select Endless(good),
        .. from good in GoodRequests.All where good.Opcode is FuseOpcode.GetXattr or FuseOpcode.SetXattr or FuseOpcode.RemoveXattr
           from name in s_attributes select Attribute(good, name.Name, name.Bytes),
        .. Targets(),
        .. Upwards(),
    ];

    private static bool IsOfEntries(GoodRequest good) =>
        good.Names.Length > 0 && good.Opcode is not (FuseOpcode.GetXattr or FuseOpcode.SetXattr or FuseOpcode.RemoveXattr);

    private static HostileCase Entry(GoodRequest good, int which, string name, byte[] bytes, Errno error) =>
        new("names", $"{good.Title}, {(good.Names.Length == 1 ? "name" : which == 0 ? "first name" : "second name")}: {name}", guest =>
            guest.Send(good.Opcode, good.Node(guest), good.WithName(guest, which, bytes), good.Room).Fails(error));

    private static HostileCase Endless(GoodRequest good) => new("names", $"{good.Title}, last name without an end", guest =>
    {
        var arguments = good.Arguments(guest);
        guest.Send(good.Opcode, good.Node(guest), arguments.AsSpan(0, arguments.Length - 1), good.Room).Fails(Errno.EINVAL);
    });

    private static HostileCase Attribute(GoodRequest good, string name, byte[] bytes) => new("names of attributes", $"{good.Title}: {name}", guest =>
        guest.Send(good.Opcode, good.Node(guest), good.WithName(guest, 0, bytes), good.Room)
            .Fails(Errno.EINVAL, Errno.ERANGE, Errno.EOPNOTSUPP, Errno.ENODATA, Errno.ENAMETOOLONG));

    private static IEnumerable<HostileCase> Targets()
    {
        foreach (var (name, target, error) in new[]
        {
            ("an empty target", "", Errno.ENOENT), ("a target of 4,096 bytes", new string('t', 4096), Errno.ENAMETOOLONG), ("a target of 70,000 bytes", new string('t', 70_000), Errno.ENAMETOOLONG),
        })
        {
            yield return new("names", $"Symlink: {name}", guest =>
                guest.Send(FuseOpcode.Symlink, guest.Root, new WireWriter().Name("new").Name(target).ToArray()).Fails(error, Errno.EINVAL));
        }

        // A name may hold any other byte.
        foreach (var (name, bytes) in new (string, byte[])[]
        {
            ("bytes that are no UTF-8", [0xFF, 0xFE, 0x80, 0]), ("control characters", [1, 10, 27, 127, 0]), ("a backslash", Zero("a\\..\\b")), ("three dots", Zero("...")), ("255 bytes", Zero(new string('n', 255))),
        })
        {
            yield return new("names", $"Mkdir and Rmdir: {name}", guest =>
            {
                guest.Send(FuseOpcode.Mkdir, guest.Root, new WireWriter().U32(0x1ED).U32(0).Bytes(bytes).ToArray()).Succeeds();
                guest.Send(FuseOpcode.Rmdir, guest.Root, bytes).Succeeds();
            });
        }
    }

    private static IEnumerable<HostileCase> Upwards()
    {
        yield return new("ways upwards", "Lookup of .. at the root", g => g.Send(FuseOpcode.Lookup, FuseValues.RootId, Zero("..")).Fails(Errno.EINVAL));
        yield return new("ways upwards", "Lookup of .. in an export's root", g => g.Send(FuseOpcode.Lookup, g.Root, Zero("..")).Fails(Errno.EINVAL));
        yield return new("ways upwards", "Lookup of .. in a folder", g => g.Send(FuseOpcode.Lookup, g.Folder, Zero("..")).Fails(Errno.EINVAL));
        yield return new("ways upwards", "Lookup of . at the root", g => g.Send(FuseOpcode.Lookup, FuseValues.RootId, Zero(".")).Fails(Errno.EINVAL));
        yield return new("ways upwards", "Lookup of a path from the root", g => g.Send(FuseOpcode.Lookup, FuseValues.RootId, Zero("e/file")).Fails(Errno.EINVAL));
        yield return new("ways upwards", "Lookup of a link, then of a name in it", g =>
        {
            var link = g.Fuse.Lookup(g.Root, "folder-link").Value.NodeId;
            g.Send(FuseOpcode.Lookup, link, Zero("file")).Fails(Errno.ENOTDIR);
            g.Send(FuseOpcode.OpenDir, link, new byte[8]).Fails(Errno.ENOTDIR);
            g.Send(FuseOpcode.Mkdir, link, new WireWriter().U32(0x1ED).U32(0).Name("new").ToArray()).Fails(Errno.ENOTDIR);
        });
        yield return new("ways upwards", "READDIRPLUS of a root gives no node for ..", g =>
        {
            var handle = g.Fuse.OpenDir(g.Root).Value.Fh;
            foreach (var entry in g.Fuse.ReadDirPlus(g.Root, handle, 0, 8192).Value)
                Guest.Expect(entry.Name is not ("." or "..") || entry.Entry!.NodeId is 0, $"{entry.Name} has node {entry.Entry?.NodeId}");
        });
        yield return new("ways upwards", "Rename of a folder into itself", g =>
            g.Send(FuseOpcode.Rename, g.Root, new WireWriter().U64(g.Folder).Name("folder").Name("new").ToArray()).Fails(Errno.EINVAL));
        yield return new("ways upwards", "Rename into another export", g =>
            g.Send(FuseOpcode.Rename, g.Root, new WireWriter().U64(g.Other).Name("file").Name("new").ToArray()).Fails(Errno.EXDEV))
        { OursOnly = true };
        yield return new("ways upwards", "Link into another export", g =>
            g.Send(FuseOpcode.Link, g.Other, new WireWriter().U64(g.File).Name("new").ToArray()).Fails(Errno.EXDEV))
        { OursOnly = true };
        yield return new("ways upwards", "exchange with another export", g =>
            g.Send(FuseOpcode.Rename2, g.Root, new WireWriter().U64(g.Other).U32(2).U32(0).Name("file").Name("file").ToArray()).Fails(Errno.EXDEV))
        { OursOnly = true };
    }

    private static byte[] Zero(string name) => [.. Encoding.UTF8.GetBytes(name), 0];
}
