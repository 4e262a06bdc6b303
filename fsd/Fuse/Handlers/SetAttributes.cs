using System.Runtime.InteropServices;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.Rings;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>SETATTR: chown, chmod, truncate and utimes in one request.</summary>
internal static unsafe class SetAttributes
{
    // S_ISUID and S_ISGID.
    private const uint SetIdBits = 0xc00;

    /// <summary>Changes what is asked for, answers with the attributes afterwards.</summary>
    public static int Handle(Request request)
    {
        if (!request.TryRead(out SetattrIn change))
            return request.Fail(Errno.EINVAL);
        using var node = request.WritableNode();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        using var files = request.Change.In(node.Export.Policy).With(node);
        if (!files.TryBegin(out var until))
            return request.Park(until);

        // chown clears set-id bits, so it comes before chmod, which says what they shall be.
        var result = SetOwner(request, node, change);
        if (result == 0)
            result = SetMode(request, node, change);
        if (result < 0)
            return request.FailLast();
        var error = SetSize(request, node, change);
        if (error != Errno.None)
            return request.FailOrWait(error);
        var answer = SetTimes(node, change) < 0 ? request.FailLast() : Reply(request, node);
        if ((change.Valid & SetattrFlag.Size) == 0 || answer == IRequestProcessor.Deferred)
            return answer;
        request.Server.Cuts?.Changes?.Known.Set(node.NodeId, change.FileSize);
        return request.AfterResizeOf(node.Fd, answer);
    }

    // A guest that caches pages drops them when a GETATTR shows another mtime than the one it knows; from the answer to SETATTR it takes the
    // mtime and keeps the pages (fuse_do_setattr of fs/fuse/dir.c). What others wrote before would never be seen. So where others may
    // write, that answer is valid for no time, with a time of which no GETATTR tells.
    private static int Reply(Request request, in InodePin node)
    {
        if (node.Export.Policy.Valid != 0 || node.Type != SysStat.S_IFREG)
            return HostFile.ReplyAttributes(request, node);
        Statx statx;
        if (HostFile.Stat(node.Fd, &statx) < 0)
            return request.FailLast();
        var reply = default(AttrOut);
        HostFile.FillAttributes(request.Server, node.Export.Policy, statx, out reply.Attributes);
        reply.Attributes.ModifyNanoseconds ^= 1;
        return request.Done(reply);
    }

    private static int SetOwner(Request request, in InodePin node, in SetattrIn change)
    {
        if ((change.Valid & (SetattrFlag.Uid | SetattrFlag.Gid)) == 0)
            return 0;
        byte empty = 0;
        var uid = (change.Valid & SetattrFlag.Uid) != 0 ? change.Uid : uint.MaxValue;
        var gid = (change.Valid & SetattrFlag.Gid) != 0 ? change.Gid : uint.MaxValue;
        // What is forbidden is no failure of a call, so the errno is set for whoever asks for the last one.
        if ((request.Server.Uids is { } uids && uid != uint.MaxValue && !uids.TryToHost(uid, out uid))
            || (request.Server.Gids is { } gids && gid != uint.MaxValue && !gids.TryToHost(gid, out gid)))
        {
            Marshal.SetLastPInvokeError((int)Errno.EPERM);
            return -1;
        }

        return Unistd.fchownat(node.Fd, &empty, uid, gid, Fcntl.AT_EMPTY_PATH);
    }

    private static int SetMode(Request request, in InodePin node, in SetattrIn change)
    {
        if ((change.Valid & SetattrFlag.Mode) == 0)
            return 0;
        // fchmod does not take O_PATH descriptors; by way of /proc a symbolic link gives EOPNOTSUPP, as it shall.
        var number = stackalloc byte[ProcFd.NumberSize];
        ProcFd.Format(node.Fd, number);
        return SysStat.fchmodat(request.Server.ProcFd.Fd, number, change.Mode & 0xfff, 0);
    }

    private static Errno SetSize(Request request, in InodePin node, in SetattrIn change)
    {
        if ((change.Valid & SetattrFlag.Size) == 0)
            return Errno.None;
        if (change.FileSize > long.MaxValue)
            return Errno.EFBIG;
        var size = (long)change.FileSize;
        using var privileges = request.Credentials.DropFsetid((change.Valid & SetattrFlag.KillSuidGid) != 0);
        if ((change.Valid & SetattrFlag.Handle) != 0)
        {
            using var file = request.File(change.Handle);
            if (file.Error != Errno.None)
                return file.Error;
            return Truncate(request, file.Fd, size);
        }

        // Only regular files have a size, and opening anything else could block or act.
        if (node.Type != SysStat.S_IFREG)
            return node.Type == SysStat.S_IFDIR ? Errno.EISDIR : Errno.EINVAL;
        var fd = request.Server.ProcFd.Reopen(node.Fd, Fcntl.O_WRONLY | Fcntl.O_NONBLOCK);
        if (fd < 0)
            return LinuxException.LastErrno;
        var error = Truncate(request, fd, size);
        _ = Unistd.close(fd);
        return error;
    }

    // EAGAIN begins the request anew: what was done of it so far can be done twice.
    private static Errno Truncate(Request request, int fd, long size)
    {
        if (request.Server.Cuts is { } cuts && IsMappedAndAsLong(cuts, fd, size))
            return Touch(request, fd);
        var change = SizeChange.Begin(request.Server.Cuts, fd, size, request.MayWait, out var error);
        if (error == Errno.None)
            error = change.End(Unistd.ftruncate(fd, size) < 0 ? LinuxException.LastErrno : Errno.None);
        if (error == Errno.None)
            request.Change.MarkData(fd);
        return error;
    }

    // SQLite gives its file the size that it has after each checkpoint. As a cut that would swap what guests map of the file's last range, and while
    // QEMU does so loads from the part that stays give zeros and stores are lost: so nothing is swapped where nothing goes.
    private static bool IsMappedAndAsLong(WorkerCuts cuts, int fd, long size)
    {
        Statx statx;
        if (HostFile.Stat(fd, &statx) < 0 || statx.Size != (ulong)size || (statx.Mode & SetIdBits) != 0 || !cuts.IsMapped(FileIdentity.Of(statx)))
            return false;
        // ftruncate(2) takes capabilities of a program off, which futimens(3) does not.
        fixed (byte* name = "security.capability\0"u8)
            return SysXattr.fgetxattr(fd, name, null, 0) < 0;
    }

    // What ftruncate(2) does besides.
    private static Errno Touch(Request request, int fd)
    {
        var times = stackalloc Timespec[2];
        times[0] = new Timespec { Nanoseconds = SysStat.UTIME_OMIT };
        times[1] = new Timespec { Nanoseconds = SysStat.UTIME_NOW };
        if (SysStat.futimens(fd, times) < 0)
            return LinuxException.LastErrno;
        request.Change.MarkData(fd);
        return Errno.None;
    }

    private static int SetTimes(in InodePin node, in SetattrIn change)
    {
        const uint any = SetattrFlag.AccessTime | SetattrFlag.AccessTimeNow | SetattrFlag.ModifyTime | SetattrFlag.ModifyTimeNow;
        if ((change.Valid & any) == 0)
            return 0;
        var times = stackalloc Timespec[2];
        times[0] = Time(change.Valid, SetattrFlag.AccessTime, SetattrFlag.AccessTimeNow, change.AccessTime, change.AccessNanoseconds);
        times[1] = Time(change.Valid, SetattrFlag.ModifyTime, SetattrFlag.ModifyTimeNow, change.ModifyTime, change.ModifyNanoseconds);
        byte empty = 0;
        return SysStat.utimensat(node.Fd, &empty, times, Fcntl.AT_EMPTY_PATH);
    }

    private static Timespec Time(uint valid, uint given, uint now, ulong seconds, uint nanoseconds)
    {
        if ((valid & now) != 0)
            return new Timespec { Nanoseconds = SysStat.UTIME_NOW };
        return (valid & given) != 0
            ? new Timespec { Seconds = (long)seconds, Nanoseconds = nanoseconds > 999_999_999 ? 0 : nanoseconds }
            : new Timespec { Nanoseconds = SysStat.UTIME_OMIT };
    }
}
