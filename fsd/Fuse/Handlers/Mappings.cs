using System;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>SETUPMAPPING, REMOVEMAPPING: which parts of files are where in the DAX window.</summary>
internal static class Mappings
{
    /// <summary>SETUPMAPPING.</summary>
    /// <remarks>
    /// Mapped for writing from the first, whatever was asked for: QEMU 11.1 cannot map a descriptor that may only be read, and to turn a
    /// mapping into a writable one it would have to take it away for a moment, in which others of the guest who read there would see zeros.
    /// What may not be written is not mapped at all (<see cref="DaxFileSystem"/>).
    /// </remarks>
    public static int Setup(Request request)
    {
        if (!request.TryRead(out SetupmappingIn mapping))
            return request.Fail(Errno.EINVAL);
        if (request.Server.Mappings is not { } calls)
            return request.Fail(Errno.ENOSYS);
        // The keeper knows how large the window is, and checks the rest.
        if (mapping.FileOffset > long.MaxValue || mapping.Length > long.MaxValue || mapping.WindowOffset > long.MaxValue)
            return request.Fail(Errno.EINVAL);
        using var node = request.Node();
        if (node.Error != Errno.None)
            return request.Fail(node.Error);
        var policy = node.Export.Policy;
        if (node.Type != SysStat.S_IFREG || !policy.Dax)
            return request.Fail(Errno.EOPNOTSUPP);
        if (policy.ReadOnly)
            return request.Fail(Errno.EROFS);
        var file = request.Server.ProcFd.Reopen(node.Fd, Fcntl.O_RDWR | Fcntl.O_NONBLOCK);
        if (file < 0)
            return request.FailLast();
        var call = calls.Rent();
        call.Chain = request.Chain;
        call.Unique = request.Header.Unique;
        call.Inodes = request.Server.Inodes;
        call.NodeId = node.NodeId;
        call.File = file;
        call.Record = new MapRecord
        {
            Offset = (long)mapping.WindowOffset,
            Length = (long)mapping.Length,
            FileOffset = (long)mapping.FileOffset,
            Export = (uint)node.Export.Index,
            Flags = MapRecord.Writable | ((mapping.Flags & WireFlag.MapWrite) != 0 ? MapRecord.Stored : 0),
        };
        return calls.Start(call);
    }

    /// <summary>REMOVEMAPPING.</summary>
    public static int Remove(Request request)
    {
        if (!request.TryRead(out RemovemappingIn removal))
            return request.Fail(Errno.EINVAL);
        if (request.Server.Mappings is not { } calls)
            return request.Fail(Errno.ENOSYS);
        if (removal.Count > MappingCall.MaxRemoved || removal.Count * (ulong)RemovemappingOne.Size > request.Remaining)
            return request.Fail(Errno.EINVAL);
        var call = calls.Rent();
        for (var i = 0; i < (int)removal.Count; i++)
        {
            request.TryRead(out RemovemappingOne one);
            // What is outside of the window has no mapping.
            call.RemovedOffsets[i] = (long)Math.Min(one.WindowOffset, long.MaxValue / 2);
            call.RemovedLengths[i] = (long)Math.Min(one.Length, long.MaxValue / 2);
        }

        call.RemovedCount = (int)removal.Count;
        call.Chain = request.Chain;
        call.Unique = request.Header.Unique;
        return calls.Start(call);
    }
}
