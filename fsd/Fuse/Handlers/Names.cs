using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>UNLINK, RMDIR, RENAME, RENAME2, READLINK: what concerns names alone.</summary>
internal static unsafe class Names
{
    /// <summary>RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT.</summary>
    private const uint RenameFlags = 7;

    /// <summary>RENAME_EXCHANGE, RENAME_WHITEOUT.</summary>
    private const uint LeavesName = 6;

    /// <summary>UNLINK.</summary>
    public static int Unlink(Request request) => Remove(request, 0);

    /// <summary>RMDIR.</summary>
    public static int Rmdir(Request request) => Remove(request, Fcntl.AT_REMOVEDIR);

    /// <summary>RENAME.</summary>
    public static int Rename(Request request) => request.TryRead(out RenameIn rename)
        ? Rename(request, rename.NewParent, 0)
        : request.Fail(Errno.EINVAL);

    /// <summary>RENAME2: with flags.</summary>
    public static int Rename2(Request request) => request.TryRead(out Rename2In rename) && (rename.Flags & ~RenameFlags) == 0
        ? Rename(request, rename.NewParent, rename.Flags)
        : request.Fail(Errno.EINVAL);

    /// <summary>READLINK.</summary>
    public static int Readlink(Request request)
    {
        using var node = request.Node();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        if (node.Type != SysStat.S_IFLNK)
            return request.Fail(Errno.EINVAL);
        byte empty = 0;
        var length = Unistd.readlinkat(node.Fd, &empty, request.Path, Request.PathMax);
        return length < 0 ? request.FailLast() : request.Done(new System.ReadOnlySpan<byte>(request.Path, (int)length));
    }

    private static int Remove(Request request, int flags)
    {
        var error = request.TryReadName();
        if (error != Errno.None)
            return request.Fail(error);
        using var parent = request.WritableNode();
        if (parent.Error != Errno.None)
            return request.Fail(parent.Error);
        if (Replay.IsDone(request))
            return request.Done();
        using var files = request.Change.In(parent.Export.Policy).With(parent).With(parent, request.Name);
        if (!files.TryBegin(out var until))
            return request.Park(until);
        using var guard = request.Server.Inodes.GuardRemoval(parent, request.Name);
        Replay.Begin(request);
        return Replay.Result(request, Replay.End(request, Unistd.unlinkat(parent.Fd, request.Name, flags)), Errno.ENOENT);
    }

    private static int Rename(Request request, ulong newParent, uint flags)
    {
        var error = request.TryReadName(request.OtherName);
        if (error == Errno.None)
            error = request.TryReadName(request.Name);
        if (error != Errno.None)
            return request.Fail(error);
        using var from = request.WritableNode();
        if (from.Error != Errno.None)
            return request.Fail(from.Error);
        using var to = request.Server.PinWritable(newParent);
        if (to.Error != Errno.None)
            return request.Fail(to.Error);
        if (from.Export != to.Export)
            return request.Fail(Errno.EXDEV);
        if (Replay.IsDone(request))
            return request.Done();
        // What leaves something at the old name could be done twice, and the second time would be wrong.
        var source = (flags & LeavesName) != 0 ? InodeAt(from.Fd, request.OtherName) : 0;
        if (source != 0 && Replay.HasBegun(request) && InodeAt(to.Fd, request.Name) == request.Chain.EffectDetail)
            return request.Done();
        using var files = request.Change.In(from.Export.Policy).With(from).With(to).With(from, request.OtherName).With(to, request.Name);
        if (!files.TryBegin(out var until))
            return request.Park(until);
        using var guard = request.Server.Inodes.GuardRemoval(to, request.Name);
        Replay.Begin(request, source);
        var result = (int)SysSyscall.syscall(
            SysSyscall.SYS_renameat2, from.Fd, (nint)request.OtherName, to.Fd, (nint)request.Name, (nint)flags, 0);
        return Replay.Result(request, Replay.End(request, result), Errno.ENOENT);
    }

    private static ulong InodeAt(int folder, byte* name)
    {
        Statx statx;
        return SysStat.statx(folder, name, Fcntl.AT_SYMLINK_NOFOLLOW, SysStat.STATX_BASIC_STATS, &statx) == 0 ? statx.Inode : 0;
    }
}
