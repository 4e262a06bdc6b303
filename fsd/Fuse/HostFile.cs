using System.Runtime.CompilerServices;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>Steps that several operations share: from a name or a descriptor on the host to an inode of the guest.</summary>
internal static unsafe class HostFile
{
    /// <summary>What is asked of statx(2): the fields of stat, and the mount, which is part of an inode's identity.</summary>
    public const uint StatxMask = SysStat.STATX_BASIC_STATS | SysStat.STATX_MNT_ID;

    /// <summary>Reads the attributes behind a descriptor.</summary>
    /// <returns>0, or −1 with errno.</returns>
    public static int Stat(int fd, Statx* statx)
    {
        byte empty = 0;
        return SysStat.statx(fd, &empty, Fcntl.AT_EMPTY_PATH, StatxMask, statx);
    }

    /// <summary>Size of a file.</summary>
    /// <returns>−1 with errno when it cannot be told.</returns>
    public static long SizeOf(int fd)
    {
        Statx statx;
        byte empty = 0;
        return SysStat.statx(fd, &empty, Fcntl.AT_EMPTY_PATH, SysStat.STATX_SIZE, &statx) < 0 ? -1 : (long)statx.Size;
    }

    /// <summary>Looks a name up, gives its inode a lookup, and fills an entry.</summary>
    /// <param name="server">The server.</param>
    /// <param name="parent">The directory.</param>
    /// <param name="name">One component, checked, NUL-terminated.</param>
    /// <param name="likelyKnown">
    /// The guest probably knows the inode already: then one statx by name is enough when the inode has its descriptor, for its number
    /// cannot be another file's; otherwise its file handle is the proof, one more call. An unknown one costs an additional call.
    /// </param>
    /// <param name="entry">The entry.</param>
    /// <param name="known">Whether a guess that it is known came out true.</param>
    public static Errno Lookup(FuseServer server, in InodePin parent, byte* name, bool likelyKnown, out EntryOut entry, out bool known)
    {
        entry = default;
        known = false;
        var since = Since(parent.Export.Policy);
        Statx statx;
        ulong nodeId;
        if (likelyKnown)
        {
            if (SysStat.statx(parent.Fd, name, Fcntl.AT_SYMLINK_NOFOLLOW, StatxMask, &statx) < 0)
                return LinuxException.LastErrno;
            var key = InodeKey.Of(parent.Export.Index, statx);
            var acquaintance = server.Inodes.TryAddLookup(key, null, out nodeId, out var submount);
            if (acquaintance == Acquaintance.Unproven)
            {
                // The name can be another file's since statx: then the handle is not the record's, and the long way sorts it out.
                FileHandle handle;
                if (FileHandle.Of(parent.Fd, name, &handle) == Errno.None)
                    acquaintance = server.Inodes.TryAddLookup(key, &handle, out nodeId, out submount);
            }

            if (acquaintance == Acquaintance.Known)
            {
                known = true;
                FillEntry(server, parent.Export.Policy, server.OuterId(nodeId), submount, statx, since, out entry);
                entry.ValidFor(NameValidity(server, parent, since));
                return Errno.None;
            }
        }

        var fd = server.ProcFd.Open(parent.Fd, name, Fcntl.O_PATH | Fcntl.O_NOFOLLOW, 0);
        if (fd < 0)
            return LinuxException.LastErrno;
        var error = Adopt(server, parent, fd, out entry);
        if (error == Errno.None)
            entry.ValidFor(NameValidity(server, parent, since));
        return error;
    }

    /// <summary>Gives the inode behind an O_PATH descriptor a lookup and fills an entry, whose name is valid as its policy says: under a lease not at all.</summary>
    /// <param name="server">The server.</param>
    /// <param name="parent">The directory where it was found.</param>
    /// <param name="fd">The descriptor; taken over in any case.</param>
    /// <param name="entry">The entry.</param>
    public static Errno Adopt(FuseServer server, in InodePin parent, int fd, out EntryOut entry)
    {
        entry = default;
        var since = Since(parent.Export.Policy);
        Statx statx;
        if (Stat(fd, &statx) < 0)
        {
            var error = LinuxException.LastErrno;
            _ = Unistd.close(fd);
            return error;
        }

        var submount = statx.MountId != parent.Mount && (statx.Mode & SysStat.S_IFMT) == SysStat.S_IFDIR;
        var result = server.Inodes.Add(parent.Export, statx, fd, submount, sticky: false, out var nodeId);
        if (result == Errno.None)
            FillEntry(server, parent.Export.Policy, server.OuterId(nodeId), submount, statx, since, out entry);
        return result;
    }

    /// <summary>Whether a guest may keep nothing of an export, and so asks again and again for what it has.</summary>
    public static bool KeepsNothing(FuseServer server, ServingPolicy policy) => policy.Valid == 0 && !(policy.Leased && server.Coherence is not null);

    /// <summary>A time before what is told to the guest is read, where that has to be known.</summary>
    public static long Since(ServingPolicy policy) => policy.Leased ? BootClock.Now : 0;

    /// <summary>For how long attributes are valid.</summary>
    /// <param name="server">The server.</param>
    /// <param name="policy">Of the export.</param>
    /// <param name="nodeId">The inode.</param>
    /// <param name="statx">The attributes.</param>
    /// <param name="since">When they were not read yet (<see cref="Since"/>).</param>
    public static Validity AttributeValidity(FuseServer server, ServingPolicy policy, ulong nodeId, in Statx statx, long since)
    {
        if (!policy.Leased)
            return new Validity(policy.Valid, 0);
        var changed = ((ulong)statx.ChangeTime.Seconds * 1_000_000_000) + statx.ChangeTime.Nanoseconds;
        return server.Coherence is { } coherence && coherence.TryGrant(FileKey.Of(statx), nodeId, since, changed)
            ? new Validity(coherence.ValidSeconds, coherence.ValidNanoseconds)
            : default;
    }

    /// <summary>For how long a name is valid, or that it is not there.</summary>
    /// <param name="server">The server.</param>
    /// <param name="parent">The directory.</param>
    /// <param name="since">When it was not looked up yet (<see cref="Since"/>).</param>
    public static Validity NameValidity(FuseServer server, in InodePin parent, long since)
    {
        if (!parent.Export.Policy.Leased)
            return new Validity(parent.Export.Policy.Valid, 0);
        return server.Coherence is { } coherence && coherence.TryGrant(parent.Key, parent.NodeId, since, 0)
            ? new Validity(coherence.ValidSeconds, coherence.ValidNanoseconds)
            : default;
    }

    /// <summary>Fills an entry.</summary>
    public static void FillEntry(
        FuseServer server, ServingPolicy policy, ulong nodeId, bool submount, in Statx statx, long since, out EntryOut entry)
    {
        var valid = AttributeValidity(server, policy, nodeId, statx, since);
        entry = new EntryOut { NodeId = nodeId, EntryValid = policy.Valid, AttrValid = valid.Seconds, AttrValidNanoseconds = valid.Nanoseconds };
        FillAttributes(server, policy, statx, out entry.Attributes);
        NoteTold(server, policy, nodeId, statx);
        if (submount && server.Session.Has(InitFlag.Submounts))
            entry.Attributes.Flags |= WireFlag.AttrSubmount;
    }

    /// <summary>Turns what statx says into what FUSE says.</summary>
    public static void FillAttributes(FuseServer server, ServingPolicy policy, in Statx statx, out FuseAttr attributes)
    {
        Unsafe.SkipInit(out attributes);
        attributes.Inode = statx.Inode;
        attributes.FileSize = statx.Size;
        attributes.Blocks = statx.Blocks;
        attributes.AccessTime = (ulong)statx.AccessTime.Seconds;
        attributes.ModifyTime = (ulong)statx.ModifyTime.Seconds;
        attributes.ChangeTime = (ulong)statx.ChangeTime.Seconds;
        attributes.AccessNanoseconds = statx.AccessTime.Nanoseconds;
        attributes.ModifyNanoseconds = statx.ModifyTime.Nanoseconds;
        attributes.ChangeNanoseconds = statx.ChangeTime.Nanoseconds;
        attributes.Mode = statx.Mode;
        attributes.Links = statx.Links;
        attributes.Uid = server.Uids is { } uids ? uids.ToGuest(statx.Uid) : statx.Uid;
        attributes.Gid = server.Gids is { } gids ? gids.ToGuest(statx.Gid) : statx.Gid;
        attributes.DeviceNumber = DeviceNumber.Encode(statx.RdevMajor, statx.RdevMinor);
        attributes.BlockSize = statx.BlockSize;
        attributes.Flags = policy.DaxMount == statx.MountId && DaxFileSystem.IsMapped(statx) ? WireFlag.AttrDax : 0;
    }

    /// <summary>Answers a getattr-like request with what a descriptor shows now.</summary>
    public static int ReplyAttributes(Request request, in InodePin node)
    {
        var since = Since(node.Export.Policy);
        Statx statx;
        if (Stat(node.Fd, &statx) < 0)
            return request.FailLast();
        // What the guest takes for the file's size must be the file wherever it has it mapped.
        var error = SizeChange.Grown(request.Server.Cuts, node.Fd, statx, request.MayWait);
        if (error != Errno.None)
            return request.FailOrWait(error);
        var valid = AttributeValidity(request.Server, node.Export.Policy, node.NodeId, statx, since);
        var reply = new AttrOut { Valid = valid.Seconds, ValidNanoseconds = valid.Nanoseconds };
        FillAttributes(request.Server, node.Export.Policy, statx, out reply.Attributes);
        NoteTold(request.Server, node.Export.Policy, node.NodeId, statx);
        return request.Done(reply);
    }

    /// <summary>Notes what the guest is told of a file's size. Before it is.</summary>
    private static void NoteTold(FuseServer server, ServingPolicy policy, ulong nodeId, in Statx statx)
    {
        if (policy.DaxMount == 0 || policy.DaxMount != statx.MountId || server.Cuts is not { } cuts)
            return;
        server.Inodes.NoteSize(nodeId, statx.Size);
        cuts.Changes?.Known.Told(nodeId, statx.Size);
    }

    /// <summary>Notes that the guest has made a file end there, or further on.</summary>
    public static void NoteReached(FuseServer server, ulong nodeId, ulong end)
    {
        if (server.Cuts is not { } cuts)
            return;
        server.Inodes.NoteSize(nodeId, end);
        cuts.Changes?.Known.Reached(nodeId, end);
    }
}
