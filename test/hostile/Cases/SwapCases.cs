using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;
using KataShimNet.Hostile.Guests;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;

namespace KataShimNet.Hostile.Cases;

/// <summary>
/// A process of the host, or another guest of the same share, exchanges a folder or a file and a link to the outside while the guest works
/// through its name: nothing outside may be read or touched. The link's target has files of the same names.
/// </summary>
internal static class SwapCases
{
    private const int Rounds = 400;

    private static readonly Dictionary<string, Action<Guest>> s_throughFolder = new()
    {
        ["LOOKUP and GETATTR"] = g => _ = g.Fuse.GetAttr(Node(g, "swapped")),
        ["LOOKUP of a name in it"] = g => _ = g.Fuse.Lookup(Node(g, "swapped"), "file"),
        ["OPEN and READ of a file in it"] = g => ReadAll(g, g.Fuse.Lookup(Node(g, "swapped"), "file")),
        ["OPEN for writing and WRITE"] = g => WriteTo(g, g.Fuse.Lookup(Node(g, "swapped"), "file")),
        ["truncation of a file in it"] = g =>
        {
            if (g.Fuse.Lookup(Node(g, "swapped"), "file") is { Errno: Errno.None } file)
                _ = g.Fuse.SetAttr(file.Value.NodeId, new(SetAttrValid.Size) { Size = 1 });
        },
        ["CREATE in it"] = g =>
        {
            if (g.Fuse.Create(Node(g, "swapped"), "made", Fcntl.O_RDWR, 0x81A4) is { Errno: Errno.None } made)
                _ = g.Fuse.Release(made.Value.Entry.NodeId, made.Value.Open.Fh);
        },
        ["MKDIR and RMDIR in it"] = g =>
        {
            var node = Node(g, "swapped");
            _ = g.Fuse.Mkdir(node, "made", 0x1ED);
            _ = g.Fuse.Rmdir(node, "made");
        },
        ["UNLINK in it"] = g => _ = g.Fuse.Unlink(Node(g, "swapped"), "inner"),
        ["RENAME out of it"] = g => _ = g.Fuse.Rename(Node(g, "swapped"), "inner", g.Root, "taken"),
        ["LINK out of it"] = g =>
        {
            if (g.Fuse.Lookup(Node(g, "swapped"), "inner") is { Errno: Errno.None } inner)
                _ = g.Fuse.Link(inner.Value.NodeId, g.Root, "taken");
        },
        ["READDIRPLUS of it"] = g =>
        {
            var node = Node(g, "swapped");
            if (g.Fuse.OpenDir(node) is not { Errno: Errno.None } opened)
                return;
            _ = g.Fuse.ReadDirPlus(node, opened.Value.Fh, 0, 8192);
            _ = g.Fuse.ReleaseDir(node, opened.Value.Fh);
        },
        ["chmod and chown of it"] = g =>
            _ = g.Fuse.SetAttr(Node(g, "swapped"), new(SetAttrValid.Mode | SetAttrValid.Uid) { Mode = 0x1FF, Uid = 99 }),
        ["attributes of it"] = g =>
        {
            var node = Node(g, "swapped");
            _ = g.Fuse.SetXattr(node, "user.swapped", "1"u8);
            _ = g.Fuse.GetXattr(node, "user.swapped", 100);
        },
    };

    private static readonly Dictionary<string, Action<Guest>> s_throughFile = new()
    {
        ["OPEN and READ"] = g => ReadAll(g, g.Fuse.Lookup(g.Root, "swapped")),
        ["OPEN for writing and WRITE"] = g => WriteTo(g, g.Fuse.Lookup(g.Root, "swapped")),
        ["OPEN with O_TRUNC"] = g =>
        {
            var node = Node(g, "swapped");
            if (g.Fuse.Open(node, Fcntl.O_RDWR | Fcntl.O_TRUNC) is { Errno: Errno.None } opened)
                _ = g.Fuse.Release(node, opened.Value.Fh);
        },
        ["CREATE without O_EXCL"] = g =>
        {
            if (g.Fuse.Create(g.Root, "swapped", Fcntl.O_RDWR | Fcntl.O_TRUNC, 0x81A4) is { Errno: Errno.None } made)
                _ = g.Fuse.Release(made.Value.Entry.NodeId, made.Value.Open.Fh);
        },
        ["truncation, chmod, times"] = g => _ = g.Fuse.SetAttr(
            Node(g, "swapped"), new(SetAttrValid.Size | SetAttrValid.Mode | SetAttrValid.Mtime) { Size = 1, Mode = 0x1FF, Mtime = (1, 1) }),
        ["LINK of it, and READ of the link"] = g =>
        {
            _ = g.Fuse.Link(Node(g, "swapped"), g.Root, "taken");
            ReadAll(g, g.Fuse.Lookup(g.Root, "taken"));
            _ = g.Fuse.Unlink(g.Root, "taken");
        },
        ["attributes of it"] = g => _ = g.Fuse.SetXattr(Node(g, "swapped"), "user.swapped", "1"u8),
    };

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All()
    {
        foreach (var (name, step) in s_throughFolder)
            yield return new("swaps", $"a folder and a link: {name}", g => Run(g, isFolder: true, step)) { Changes = true };
        foreach (var (name, step) in s_throughFile)
            yield return new("swaps", $"a file and a link: {name}", g => Run(g, isFolder: false, step)) { Changes = true };
    }

    private static void Run(Guest g, bool isFolder, Action<Guest> step)
    {
        var (here, link) = (g.Tree.At("swapped"), g.Tree.At("swapped-link"));
        if (isFolder)
        {
            Directory.CreateDirectory(here);
            File.WriteAllText(here + "/inner", "in");
            File.WriteAllText(here + "/file", "in");
            Directory.CreateSymbolicLink(link, g.Tree.OutsideFolder);
        }
        else
        {
            File.WriteAllText(here, "in");
            File.CreateSymbolicLink(link, g.Tree.Outside);
        }

        var ended = false;
        var swapper = new Thread(() =>
        {
            while (!Volatile.Read(ref ended))
                Exchange(here, link);
        });
        swapper.Start();
        try
        {
            for (var i = 0; i < Rounds; i++)
                step(g);
        }
        finally
        {
            Volatile.Write(ref ended, true);
            swapper.Join();
        }
    }

    private static unsafe void Exchange(string one, string other)
    {
        fixed (byte* first = Encoding.UTF8.GetBytes(one + '\0'), second = Encoding.UTF8.GetBytes(other + '\0'))
            _ = SysSyscall.syscall(SysSyscall.SYS_renameat2, Fcntl.AT_FDCWD, (nint)first, Fcntl.AT_FDCWD, (nint)second, 2, 0);
    }

    private static ulong Node(Guest g, string name) => g.Fuse.Lookup(g.Root, name) is { Errno: Errno.None } entry ? entry.Value.NodeId : g.File;

    private static void ReadAll(Guest g, FuseResult<FuseEntry> file)
    {
        if (file.Errno != Errno.None || g.Fuse.Open(file.Value.NodeId, 0) is not { Errno: Errno.None } opened)
            return;
        Guest.AssertNoSecret(g.Fuse.Read(file.Value.NodeId, opened.Value.Fh, 0, 4096).Value, "READ");
        _ = g.Fuse.Release(file.Value.NodeId, opened.Value.Fh);
    }

    private static void WriteTo(Guest g, FuseResult<FuseEntry> file)
    {
        if (file.Errno != Errno.None || g.Fuse.Open(file.Value.NodeId, Fcntl.O_RDWR) is not { Errno: Errno.None } opened)
            return;
        _ = g.Fuse.Write(file.Value.NodeId, opened.Value.Fh, 0, "hacked"u8);
        _ = g.Fuse.Release(file.Value.NodeId, opened.Value.Fh);
    }
}
