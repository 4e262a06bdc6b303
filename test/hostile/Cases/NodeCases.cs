using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Hostile.Guests;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Fuse;

namespace KataShimNet.Hostile.Cases;

/// <summary>Nodes and handles that are not known, not any more, or another's: for every operation that takes them.</summary>
internal static class NodeCases
{
    // What a guest can take for a node. All are made out of a true one, so that the worst guesses are among them.
    private static readonly (string Name, Func<Guest, ulong> Node)[] s_nodes =
    [
        ("node 0", _ => 0),
        ("node 2^64 - 1", _ => ulong.MaxValue),
        ("a node of another generation", g => g.File ^ (1UL << 32)),
        ("a node behind the table", g => g.File | 0x0FFF_FFF0),
        ("a forgotten node", Forgotten),
    ];

    private static readonly (string Name, Func<Guest, HandleKind, ulong> Handle)[] s_handles =
    [
        ("handle 2^64 - 1", (_, _) => ulong.MaxValue),
        ("a handle never given", (_, _) => 987_654_321),
        ("a handle of another generation", (g, kind) => Good(g, kind) ^ (1UL << 32)),
        ("a handle behind the table", (g, kind) => Good(g, kind) | 0x0FFF_FFF8),
        ("a released handle", Released),
        ("a handle of the other kind", (g, kind) => kind == HandleKind.File ? g.FolderHandle : g.FileHandle),
        ("a handle of another node", OfAnother),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() =>
    [
        .. from good in GoodRequests.All from node in s_nodes select Node(good, node.Name, node.Node),
        .. from good in GoodRequests.All where good.OtherNodeAt >= 0 from node in s_nodes select OtherNode(good, node.Name, node.Node),
        .. from good in GoodRequests.All where good.Handle != HandleKind.None from handle in s_handles select Handle(good, handle.Name, handle.Handle),
        .. AfterRelease(),
    ];

    private static HostileCase Node(GoodRequest good, string name, Func<Guest, ulong> node) => new("unknown nodes", $"{good.Title} of {name}", guest =>
    {
        var arguments = good.Arguments(guest);
        guest.Send(good.Opcode, node(guest), arguments, good.Room).Fails(Errno.ESTALE, Errno.EBADF, Errno.ENOENT);
    });

    private static HostileCase OtherNode(GoodRequest good, string name, Func<Guest, ulong> node) => new("unknown nodes", $"{good.Title} with {name} as its other", guest =>
    {
        var arguments = good.Arguments(guest);
        BitConverter.TryWriteBytes(arguments.AsSpan(good.OtherNodeAt), node(guest));
        guest.Send(good.Opcode, good.Node(guest), arguments, good.Room).Fails(Errno.ESTALE, Errno.EBADF, Errno.ENOENT);
    });

    private static HostileCase Handle(GoodRequest good, string name, Func<Guest, HandleKind, ulong> handle) => new("unknown handles", $"{good.Title} with {name}", guest =>
    {
        var arguments = good.Arguments(guest);
        BitConverter.TryWriteBytes(arguments.AsSpan(good.HandleAt), handle(guest, good.Handle));
        guest.Send(good.Opcode, good.Node(guest), arguments, good.Room).Fails(Errno.EBADF);
    });

    private static IEnumerable<HostileCase> AfterRelease()
    {
        yield return new("unknown handles", "Release twice", guest =>
        {
            var handle = guest.FileHandle;
            Guest.Expect(guest.Fuse.Release(guest.File, handle) == Errno.None, "the first RELEASE fails");
            Guest.Expect(guest.Fuse.Release(guest.File, handle) == Errno.EBADF, "the second RELEASE is no EBADF");
        });
        yield return new("unknown handles", "ReleaseDir twice", guest =>
        {
            var handle = guest.FolderHandle;
            Guest.Expect(guest.Fuse.ReleaseDir(guest.Folder, handle) == Errno.None, "the first RELEASEDIR fails");
            Guest.Expect(guest.Fuse.ReleaseDir(guest.Folder, handle) == Errno.EBADF, "the second RELEASEDIR is no EBADF");
        });
        yield return new("unknown handles", "a released handle whose slot was taken again", guest =>
        {
            var old = guest.FileHandle;
            _ = guest.Fuse.Release(guest.File, old);
            var taken = Enumerable.Range(0, 64).Select(_ => guest.Fuse.Open(guest.File, 0).Value.Fh).ToArray();
            Guest.Expect(!taken.Contains(old), "a handle was given twice");
            guest.Send(FuseOpcode.Read, guest.File, GoodRequests.Transfer(old, 0, 10).ToArray()).Fails(Errno.EBADF);
        });
        yield return new("unknown handles", "a handle after its node was forgotten", guest =>
        {
            var handle = guest.FileHandle;
            guest.Fuse.Forget(guest.File, 1);
            // A handle lives on its own, or ends with its node; either way nothing else may be read through it.
            guest.Send(FuseOpcode.Read, guest.File, GoodRequests.Transfer(handle, 0, 10).ToArray()).SucceedsOrFails(Errno.EBADF, Errno.ESTALE);
        });
        yield return new("unknown handles", "a file's handle with the node of a file in another export", guest =>
        {
            var other = guest.Fuse.Lookup(guest.Other, "file").Value.NodeId;
            guest.Send(FuseOpcode.Write, other, GoodRequests.Transfer(guest.FileHandle, 0, 1).U8(1).ToArray()).Fails(Errno.EBADF);
        });
    }

    private static ulong Forgotten(Guest guest)
    {
        var node = guest.Fuse.Lookup(guest.Folder, "inner").Value.NodeId;
        guest.Fuse.Forget(node, 1);
        return node;
    }

    private static ulong Good(Guest guest, HandleKind kind) => kind == HandleKind.File ? guest.FileHandle : guest.FolderHandle;

    private static ulong Released(Guest guest, HandleKind kind)
    {
        var handle = Good(guest, kind);
        _ = kind == HandleKind.File ? guest.Fuse.Release(guest.File, handle) : guest.Fuse.ReleaseDir(guest.Folder, handle);
        return handle;
    }

    private static ulong OfAnother(Guest guest, HandleKind kind) => kind == HandleKind.File
        ? guest.Fuse.Open(guest.Fuse.Lookup(guest.Folder, "inner").Value.NodeId, 2).Value.Fh
        : guest.Fuse.OpenDir(guest.Root).Value.Fh;
}
