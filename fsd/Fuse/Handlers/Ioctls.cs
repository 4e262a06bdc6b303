using System;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>
/// IOCTL: flags and attributes of files (chattr(1), project ids) and nothing else. Whether the caller may, the guest's kernel has
/// checked; the host's kernel checks what the worker may, which has no right to make files immutable.
/// </summary>
internal static unsafe class Ioctls
{
    private const uint Directory = 1 << 4;
    private const int MaxSize = 32;

    /// <summary>IOCTL.</summary>
    public static int Handle(Request request)
    {
        if (!request.TryRead(out IoctlIn arguments) || arguments.InSize > request.Remaining)
            return request.Fail(Errno.EINVAL);
        var (takes, gives) = SizesOf(arguments.Command);
        if (takes + gives == 0)
            return request.Fail(Errno.ENOTTY);
        if (arguments.InSize < takes || arguments.OutSize < gives || arguments.OutSize > MaxSize
            || request.ReplyRoom < IoctlOut.Size + arguments.OutSize)
            return request.Fail(Errno.EINVAL);
        using var file = request.Server.PinHandle(arguments.Handle, request.Header.NodeId, (arguments.Flags & Directory) != 0);
        if (file.Error != Errno.None)
            return request.Fail(file.Error);
        if (file.Fd < 0)
            return request.Fail(Errno.ENOTTY);
        if (takes > 0 && file.Export!.Policy.ReadOnly)
            return request.Fail(Errno.EROFS);

        using var node = request.Node();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        using var files = request.Change.In(node.Export.Policy);
        if (takes > 0 && !files.With(node).TryBegin(out var until))
            return request.Park(until);

        var data = stackalloc byte[MaxSize];
        new Span<byte>(data, MaxSize).Clear();
        _ = request.Chain.CopyFrom(request.Cursor, new Span<byte>(data, takes));
        var result = SysIoctl.ioctl(file.Fd, arguments.Command, data);
        if (result < 0)
            return request.FailLast();
        request.Put(0, new IoctlOut { Result = result });
        request.PutBytes(IoctlOut.Size, new ReadOnlySpan<byte>(data, (int)arguments.OutSize));
        return request.DoneInPlace(IoctlOut.Size + arguments.OutSize);
    }

    // Bytes that a command really takes and gives: of the flags 4, although the number of the command says 8.
    private static (int Takes, int Gives) SizesOf(uint command) => command switch
    {
        (uint)SysIoctl.FS_IOC_GETFLAGS => (0, 4),
        (uint)SysIoctl.FS_IOC_GETVERSION => (0, 4),
        (uint)SysIoctl.FS_IOC_SETFLAGS => (4, 0),
        (uint)SysIoctl.FS_IOC_FSGETXATTR => (0, 28),
        (uint)SysIoctl.FS_IOC_FSSETXATTR => (28, 0),
        _ => (0, 0),
    };
}
