using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>FALLOCATE, COPY_FILE_RANGE: both may take long, so both leave the queue thread.</summary>
internal static class Space
{
    private const uint KnownModes = Fcntl.FALLOC_FL_KEEP_SIZE | Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_COLLAPSE_RANGE
        | Fcntl.FALLOC_FL_ZERO_RANGE | Fcntl.FALLOC_FL_INSERT_RANGE | Fcntl.FALLOC_FL_UNSHARE_RANGE;

    /// <summary>Most bytes of one copy whose answer has 32 bits (MAX_RW_COUNT of the kernel).</summary>
    private const ulong MaxSmallCopy = 0x7ffff000;

    /// <summary>FALLOCATE.</summary>
    public static int Fallocate(Request request)
    {
        if (!request.TryRead(out FallocateIn arguments))
            return request.Fail(Errno.EINVAL);
        if (arguments.Count == 0 || !InRange(arguments.Offset, arguments.Count))
            return request.Fail(Errno.EINVAL);
        if ((arguments.Mode & ~KnownModes) != 0)
            return request.Fail(Errno.EOPNOTSUPP);
        var file = request.File(arguments.Handle);
        if (file.Error != Errno.None)
            return request.Fail(file.Error);
        var call = request.Server.SlowCalls.Rent();
        if (!request.TryBegin(call, file.Export, request.Header.NodeId, out var until))
        {
            file.Dispose();
            return request.Park(until);
        }

        call.Chain = request.Chain;
        call.Unique = request.Header.Unique;
        call.Operation = SlowOperation.Fallocate;
        call.File = file;
        call.KillPrivileges = KillsPrivileges(request);
        call.Mode = (int)arguments.Mode;
        call.Offset = (long)arguments.Offset;
        call.Length = (long)arguments.Count;
        return request.Server.SlowCalls.Start(call);
    }

    /// <summary>COPY_FILE_RANGE.</summary>
    public static int CopyFileRange(Request request) => Copy(request, SlowOperation.Copy);

    /// <summary>COPY_FILE_RANGE_64.</summary>
    public static int CopyFileRange64(Request request) => Copy(request, SlowOperation.Copy64);

    private static int Copy(Request request, SlowOperation operation)
    {
        if (!request.TryRead(out CopyFileRangeIn arguments) || arguments.Flags != 0)
            return request.Fail(Errno.EINVAL);
        var count = operation == SlowOperation.Copy ? System.Math.Min(arguments.Count, MaxSmallCopy) : arguments.Count;
        if (!InRange(arguments.SourceOffset, count) || !InRange(arguments.TargetOffset, count))
            return request.Fail(Errno.EINVAL);
        var file = request.File(arguments.SourceHandle);
        if (file.Error != Errno.None)
            return request.Fail(file.Error);
        var target = request.Server.PinHandle(arguments.TargetHandle, arguments.TargetNodeId);
        if (target.Error != Errno.None)
        {
            file.Dispose();
            return request.Fail(target.Error);
        }

        var call = request.Server.SlowCalls.Rent();
        if (!request.TryBegin(call, target.Export, arguments.TargetNodeId, out var until))
        {
            file.Dispose();
            target.Dispose();
            return request.Park(until);
        }

        call.Chain = request.Chain;
        call.Unique = request.Header.Unique;
        call.Operation = operation;
        call.File = file;
        call.Target = target;
        call.KillPrivileges = KillsPrivileges(request);
        call.Offset = (long)arguments.SourceOffset;
        call.TargetOffset = (long)arguments.TargetOffset;
        call.Length = (long)count;
        return request.Server.SlowCalls.Start(call);
    }

    private static bool KillsPrivileges(Request request) => request.Server.Options.KillPriv && request.Header.Uid != 0;

    private static bool InRange(ulong offset, ulong count) => offset <= long.MaxValue && count <= long.MaxValue - offset;
}
