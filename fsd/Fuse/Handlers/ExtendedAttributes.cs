using System;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>
/// GETXATTR, LISTXATTR, SETXATTR, REMOVEXATTR. The queue thread's working directory is /proc/self/fd, so the number of an O_PATH
/// descriptor is a path that leads to its inode, of whatever type.
/// </summary>
internal static unsafe class ExtendedAttributes
{
    /// <summary>Longest name (XATTR_NAME_MAX).</summary>
    private const int NameMax = 255;

    /// <summary>Longest value and longest list (XATTR_SIZE_MAX, XATTR_LIST_MAX).</summary>
    private const int ValueMax = 65536;

    /// <summary>GETXATTR.</summary>
    public static int Get(Request request)
    {
        if (!request.TryRead(out GetxattrIn arguments))
            return request.Fail(Errno.EINVAL);
        var error = ReadName(request);
        if (error != Errno.None)
            return request.Fail(error);
        using var node = request.Server.PinNode(request.Header.NodeId, Errno.ENODATA);
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        var path = stackalloc byte[ProcFd.NumberSize];
        ProcFd.Format(node.Fd, path);
        var room = Math.Min(arguments.Count, ValueMax);
        return Reply(request, arguments.Count, SysXattr.getxattr(path, request.Name, request.Scratch, room));
    }

    /// <summary>LISTXATTR.</summary>
    public static int List(Request request)
    {
        if (!request.TryRead(out GetxattrIn arguments))
            return request.Fail(Errno.EINVAL);
        if (!request.Server.Options.Xattr)
            return request.Fail(Errno.ENOSYS);
        if (request.Server.IsSyntheticRoot(request.Header.NodeId))
            return Reply(request, arguments.Count, 0);
        using var node = request.Node();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        var path = stackalloc byte[ProcFd.NumberSize];
        ProcFd.Format(node.Fd, path);
        // The host hides these names from processes without CAP_SYS_ADMIN, and so does the guest's kernel on file systems of its own.
        if (request.Header.Uid != 0 || request.Server.Xattrs is not null)
            return ListVisible(request, arguments.Count, SysXattr.listxattr(path, request.Scratch, ValueMax));
        var room = Math.Min(arguments.Count, ValueMax);
        return Reply(request, arguments.Count, SysXattr.listxattr(path, request.Scratch, room));
    }

    /// <summary>SETXATTR.</summary>
    public static int Set(Request request)
    {
        if (!request.TryRead(out SetxattrIn arguments))
            return request.Fail(Errno.EINVAL);
        var more = default(SetxattrMore);
        if (request.Server.Session.Has(InitFlag.SetxattrExt) && !request.TryRead(out more))
            return request.Fail(Errno.EINVAL);
        var error = ReadName(request);
        if (error != Errno.None)
            return request.Fail(error);
        if (arguments.ValueLength > ValueMax)
            return request.Fail(Errno.E2BIG);
        if (arguments.ValueLength > request.Remaining)
            return request.Fail(Errno.EINVAL);
        var length = (int)arguments.ValueLength;
        request.Chain.CopyFrom(request.Cursor, new Span<byte>(request.Scratch, length));
        using var node = request.WritableNode();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        var path = stackalloc byte[ProcFd.NumberSize];
        ProcFd.Format(node.Fd, path);
        using var files = request.Change.In(node.Export.Policy).With(node);
        if (!files.TryBegin(out var until))
            return request.Park(until);
        Replay.Begin(request);
        var result = SysXattr.setxattr(path, request.Name, request.Scratch, (nuint)length, (int)arguments.Flags);
        if (result == 0 && (more.Flags & WireFlag.SetxattrKillSgid) != 0)
            result = KillSgid(request, node.Fd);
        return Replay.Result(request, result, Errno.EEXIST);
    }

    /// <summary>REMOVEXATTR.</summary>
    public static int Remove(Request request)
    {
        var error = ReadName(request);
        if (error != Errno.None)
            return request.Fail(error);
        using var node = request.WritableNode();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        var path = stackalloc byte[ProcFd.NumberSize];
        ProcFd.Format(node.Fd, path);
        using var files = request.Change.In(node.Export.Policy).With(node);
        if (!files.TryBegin(out var until))
            return request.Park(until);
        Replay.Begin(request);
        return Replay.Result(request, SysXattr.removexattr(path, request.Name), Errno.ENODATA);
    }

    // An ACL changes the mode; the caller, whom the guest knows to be no member of the file's group, loses the bit with it.
    private static int KillSgid(Request request, int fd)
    {
        Statx statx;
        if (HostFile.Stat(fd, &statx) < 0)
            return -1;
        if ((statx.Mode & SysStat.S_ISGID) == 0)
            return 0;
        var number = stackalloc byte[ProcFd.NumberSize];
        ProcFd.Format(fd, number);
        return SysStat.fchmodat(request.Server.ProcFd.Fd, number, statx.Mode & 0xfffu & ~SysStat.S_ISGID, 0);
    }

    private static Errno ReadName(Request request)
    {
        // After this answer the guest asks no more.
        if (!request.Server.Options.Xattr)
            return Errno.ENOSYS;
        var error = request.TryReadString(request.Name, NameMax + 1, out var length);
        if (error != Errno.None)
            return error == Errno.ENAMETOOLONG ? Errno.ERANGE : error;
        if (length == 0)
            return Errno.EINVAL;

        // Without FUSE_POSIX_ACL the guest does not enforce ACLs: one that it set would show in modes and mean nothing.
        var name = new ReadOnlySpan<byte>(request.Name, length);
        var acl = name.SequenceEqual("system.posix_acl_access"u8) || name.SequenceEqual("system.posix_acl_default"u8);
        if (acl && !request.Server.Session.Has(InitFlag.PosixAcl))
            return Errno.EOPNOTSUPP;
        if (request.Server.Xattrs is not { } map)
            return Errno.None;
        error = map.ToHost(name, new Span<byte>(request.Name, NameMax), out length);
        request.Name[length] = 0;
        return error;
    }

    // The guest's list is shorter than the host's, so it is the guest's that has to fit.
    private static int ListVisible(Request request, uint room, nint length)
    {
        if (length < 0)
            return request.FailLast();
        if (request.Server.Xattrs is { } map)
            length = map.ListToGuest(new Span<byte>(request.Scratch, (int)length));
        var list = new Span<byte>(request.Scratch, (int)length);
        var kept = 0;
        while (list.IndexOf((byte)0) is var end and >= 0)
        {
            var name = list[..(end + 1)];
            list = list[(end + 1)..];
            if (request.Header.Uid != 0 && name.StartsWith("trusted."u8))
                continue;
            name.CopyTo(new Span<byte>(request.Scratch + kept, name.Length));
            kept += name.Length;
        }

        return room > 0 && kept > room ? request.Fail(Errno.ERANGE) : Reply(request, room, kept);
    }

    private static int Reply(Request request, uint room, nint length)
    {
        if (length < 0)
            return request.FailLast();
        if (room > 0)
            return request.Done(new ReadOnlySpan<byte>(request.Scratch, (int)length));
        return request.ReplyRoom < GetxattrOut.Size ? request.Fail(Errno.EINVAL) : request.Done(new GetxattrOut { Count = (uint)length });
    }
}
