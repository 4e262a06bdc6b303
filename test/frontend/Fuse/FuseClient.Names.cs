using System.Text;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>Calls on names.</summary>
public sealed partial record FuseClient
{
    /// <summary>Looks a name up; success takes one reference to the node.</summary>
    public FuseResult<FuseEntry> Lookup(ulong parent, string name) => CallForEntry(FuseOpcode.Lookup, parent, new WireWriter().Name(name));

    /// <summary>Makes a folder.</summary>
    public FuseResult<FuseEntry> Mkdir(ulong parent, string name, uint mode, uint umask = 0) =>
        CallForEntry(FuseOpcode.Mkdir, parent, new WireWriter().U32(mode).U32(umask).Name(name));

    /// <summary>Makes a file, fifo, socket or device node; the type is in <paramref name="mode"/>.</summary>
    public FuseResult<FuseEntry> Mknod(ulong parent, string name, uint mode, uint rdev = 0, uint umask = 0) =>
        CallForEntry(FuseOpcode.Mknod, parent, new WireWriter().U32(mode).U32(rdev).U32(umask).U32(0).Name(name));

    /// <summary>Makes a symbolic link.</summary>
    public FuseResult<FuseEntry> Symlink(ulong parent, string name, string target) =>
        CallForEntry(FuseOpcode.Symlink, parent, new WireWriter().Name(name).Name(target));

    /// <summary>Makes a hard link to a node.</summary>
    public FuseResult<FuseEntry> Link(ulong node, ulong newParent, string newName) =>
        CallForEntry(FuseOpcode.Link, newParent, new WireWriter().U64(node).Name(newName));

    /// <summary>Removes a name that is no folder.</summary>
    public Errno Unlink(ulong parent, string name) => CallForNothing(FuseOpcode.Unlink, parent, new WireWriter().Name(name).ToArray());

    /// <summary>Removes an empty folder.</summary>
    public Errno Rmdir(ulong parent, string name) => CallForNothing(FuseOpcode.Rmdir, parent, new WireWriter().Name(name).ToArray());

    /// <summary>Renames, the old form without flags.</summary>
    public Errno Rename(ulong parent, string name, ulong newParent, string newName) =>
        CallForNothing(FuseOpcode.Rename, parent, new WireWriter().U64(newParent).Name(name).Name(newName).ToArray());

    /// <summary>Renames with flags: 1 RENAME_NOREPLACE, 2 RENAME_EXCHANGE, 4 RENAME_WHITEOUT.</summary>
    public Errno Rename2(ulong parent, string name, ulong newParent, string newName, uint flags) =>
        CallForNothing(FuseOpcode.Rename2, parent, new WireWriter().U64(newParent).U32(flags).U32(0).Name(name).Name(newName).ToArray());

    /// <summary>Target of a symbolic link.</summary>
    public FuseResult<string> Readlink(ulong node)
    {
        var reply = Call(FuseOpcode.Readlink, node, [], 4096);
        return new FuseResult<string>(reply.Errno, Encoding.UTF8.GetString(reply.Data), nameof(Readlink));
    }

    /// <summary>Asks for permission: 4 read, 2 write, 1 execute.</summary>
    public Errno Access(ulong node, uint mask) => CallForNothing(FuseOpcode.Access, node, new WireWriter().U32(mask).U32(0).ToArray());
}
