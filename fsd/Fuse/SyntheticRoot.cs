using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>The directory above all exports: exists only here, and changes only when an export comes or goes.</summary>
internal static unsafe class SyntheticRoot
{
    /// <summary>Its attributes.</summary>
    public static FuseAttr Attributes(FuseServer server)
    {
        var time = (ulong)server.RootChanged;
        return new FuseAttr
        {
            Inode = FuseServer.RootId,
            Mode = SysStat.S_IFDIR | 0x16d, // r-xr-xr-x
            Links = 2,
            BlockSize = 4096,
            AccessTime = time,
            ModifyTime = time,
            ChangeTime = time,
        };
    }

    /// <summary>The same in the form of statx; ENOSYS would end the use of STATX for all exports.</summary>
    public static FuseStatx Statx(FuseServer server)
    {
        var time = new SxTime { Seconds = server.RootChanged };
        return new FuseStatx
        {
            Mask = SysStat.STATX_BASIC_STATS,
            BlockSize = 4096,
            Links = 2,
            Mode = (ushort)Attributes(server).Mode,
            Inode = FuseServer.RootId,
            AccessTime = time,
            ChangeTime = time,
            ModifyTime = time,
        };
    }

    /// <summary>Looks an export up by name: ENOENT is not to be kept, for one may come at any time.</summary>
    public static Errno Lookup(Request request, out EntryOut entry)
    {
        var export = request.Server.Exports.Find(new(request.Name, request.NameLength));
        if (export is not null)
            return Enter(request.Server, export, out entry);
        entry = default;
        return Errno.ENOENT;
    }

    /// <summary>Gives the root of an export a lookup and fills an entry.</summary>
    public static Errno Enter(FuseServer server, Export export, out EntryOut entry)
    {
        entry = default;
        using var root = server.Inodes.Pin(export.RootNodeId);
        if (root.Error != Errno.None)
            return Errno.ENOENT;
        var since = HostFile.Since(export.Policy);
        Linux.Interop.Statx statx;
        if (HostFile.Stat(root.Fd, &statx) < 0)
            return LinuxException.LastErrno;
        if (server.Inodes.TryAddLookup(InodeKey.Of(export.Index, statx), null, out var nodeId, out var submount) != Acquaintance.Known)
            return Errno.ENOENT;
        HostFile.FillEntry(server, export.Policy, nodeId, submount, statx, since, out entry);
        entry.EntryValid = export.Policy.RootValid;
        return Errno.None;
    }
}
