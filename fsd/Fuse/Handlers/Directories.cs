using System;
using System.Runtime.CompilerServices;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>READDIR and READDIRPLUS of directories on the host. Cookies are the host file system's own.</summary>
internal static unsafe class Directories
{
    // struct linux_dirent64: ino 0, off 8, reclen 16, type 18, name 19. None is longer than this.
    private const int DirentReclen = 16;
    private const int DirentType = 18;
    private const int DirentName = 19;
    private const int LongestDirent = 280;

    /// <summary>READDIR.</summary>
    public static int Read(Request request) => Read(request, plus: false);

    /// <summary>READDIRPLUS: each name with its inode, which counts as looked up.</summary>
    public static int ReadPlus(Request request) => Read(request, plus: true);

    private static int Read(Request request, bool plus)
    {
        if (!request.TryRead(out ReadIn read) || read.Count > request.ReplyRoom || read.Offset > long.MaxValue)
            return request.Fail(Errno.EINVAL);
        using var directory = request.Server.PinHandle(read.Handle, request.Header.NodeId, directory: true);
        if (directory.Error != Errno.None)
            return request.Fail(directory.Error);
        var writer = new DirentWriter(request, plus, read.Count);
        if (directory.Fd < 0)
            return ExportListing.Read(request, ref writer, (long)read.Offset);
        using var node = request.Node();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);

        if (request.Chain.IsReplayed)
            Renew(request, directory.Fd);
        // The guest has one position per handle and the descriptor another: what did not fit last time is read again.
        if (Unistd.lseek(directory.Fd, (long)read.Offset, Unistd.SEEK_SET) < 0)
            return request.Fail(SeekError(directory.Fd));
        return Fill(request, ref writer, directory.Fd, node);
    }

    // ext4 takes no position of a folder that was removed since it was read; a program on the host gets ENOENT from getdents64.
    private static Errno SeekError(int directory)
    {
        var error = LinuxException.LastErrno;
        Statx statx;
        return error == Errno.EINVAL && HostFile.Stat(directory, &statx) == 0 && statx.Links == 0 ? Errno.ENOENT : error;
    }

    // A worker that was killed inside of getdents64 leaves the open directory with what the file system had read so far: ext4 then
    // thinks that this was all, as long as the position is the same. Read from elsewhere, it begins anew; two times, for the first one
    // may begin at that position.
    private static void Renew(Request request, int directory)
    {
        for (var i = 0; i < 2; i++)
        {
            _ = Unistd.lseek(directory, 0, Unistd.SEEK_SET);
            _ = SysSyscall.syscall(SysSyscall.SYS_getdents64, directory, (nint)request.Scratch, LongestDirent, 0, 0, 0);
        }
    }

    private static int Fill(Request request, ref DirentWriter writer, int directory, in InodePin node)
    {
        var full = false;
        do
        {
            // Only as much as surely fits: what is read and left out is read again, from a position that costs ext4 a new search.
            // A record of ours is at most 7 (with its inode) or 4/3 times the host's.
            var left = writer.Left;
            var room = (int)Math.Clamp(writer.Plus ? left / 7 : left / 4 * 3, LongestDirent, Request.ScratchSize);
            var length = (int)SysSyscall.syscall(SysSyscall.SYS_getdents64, directory, (nint)request.Scratch, room, 0, 0, 0);
            if (length < 0 && writer.Written == 0)
                return request.FailLast();
            if (length <= 0)
                break;
            for (var at = 0; at < length && !full;)
            {
                var dirent = request.Scratch + at;
                at += Unsafe.ReadUnaligned<ushort>(dirent + DirentReclen);
                full = !TryAdd(request, ref writer, node, dirent);
            }
        }
        while (!full && writer.Left > (writer.Plus ? 5 * LongestDirent : 2 * LongestDirent));

        return full && writer.Written == 0 ? request.Fail(Errno.EINVAL) : request.DoneInPlace(writer.Written);
    }

    private static bool TryAdd(Request request, ref DirentWriter writer, in InodePin node, byte* dirent)
    {
        var name = new ReadOnlySpan<byte>(dirent + DirentName, Request.NameMax + 1);
        name = name[..name.IndexOf((byte)0)];
        var inode = Unsafe.ReadUnaligned<ulong>(dirent);
        var record = new Dirent
        {
            Inode = inode,
            Offset = Unsafe.ReadUnaligned<ulong>(dirent + 8),
            NameLength = (uint)name.Length,
            Type = dirent[DirentType],
        };
        if (!writer.HasRoom(name.Length))
            return false;
        EntryOut entry = default;
        if (writer.Plus && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
        {
            // An entry that went away meanwhile is left out; any other error makes it a plain name, to be looked up when used.
            var error = HostFile.Lookup(request.Server, node, dirent + DirentName, Likely(request, node, inode), out entry, out _);
            if (error == Errno.ENOENT)
                return true;
        }

        writer.Add(entry, record, name);
        return true;
    }

    private static bool Likely(Request request, in InodePin node, ulong inode) =>
        HostFile.KeepsNothing(request.Server, node.Export.Policy) || request.Server.Inodes.Knows(new InodeKey(node.Export.Index, node.Mount, node.Device, inode));
}
