using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.Rings;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>READ, WRITE, LSEEK: data move between the file and guest memory in one call, with no copy.</summary>
internal static unsafe class Transfer
{
    /// <summary>Most bytes of one call (MAX_RW_COUNT of the kernel).</summary>
    private const uint MaxCount = 0x7ffff000;

    /// <summary>READ.</summary>
    public static int Read(Request request)
    {
        if (!request.TryRead(out ReadIn read) || !InRange(read.Offset, read.Count) || read.Count > request.ReplyRoom)
            return request.Fail(Errno.EINVAL);
        using var file = request.File(read.Handle);
        if (file.Error != Errno.None)
            return request.Fail(file.Error);
        var segments = request.Segments;
        var count = request.Chain.SliceWritable(OutHeader.Size, read.Count, new(segments, DescriptorChain.MaxSegments));
        var done = count == 1
            ? Unistd.pread(file.Fd, segments->Base, segments->Length, (long)read.Offset)
            : SysUio.preadv(file.Fd, segments, count, (long)read.Offset);
        if (done < 0)
            return request.FailLast();
        request.Chain.Tally.Moved = (uint)done;
        return request.DoneInPlace((uint)done);
    }

    /// <summary>WRITE: never more than the request says, whatever follows it in memory.</summary>
    public static int Write(Request request)
    {
        if (!request.TryRead(out WriteIn write) || !InRange(write.Offset, write.Count) || write.Count > request.Remaining)
            return request.Fail(Errno.EINVAL);
        var file = request.File(write.Handle);
        if (file.Error != Errno.None)
            return request.Fail(file.Error);
        using var files = request.Changing(file.Export);
        if (!files.TryBegin(out var until))
        {
            file.Dispose();
            return request.Park(until);
        }

        var written = Write(request, write, file, files, out var answer);
        if (written > 0)
            HostFile.NoteReached(request.Server, file.NodeId, write.Offset + (ulong)written);
        if (written > 0 && request.Server.Cuts is { HasAnyScratch: true } cuts
            && SizeChange.Grown(cuts, file.Fd, mayWait: false) != Errno.None)
        {
            return Spread(request, file, written);
        }

        var bucket = file.Bucket;
        file.Dispose();
        return written > 0 ? request.AfterResize(bucket, answer) : answer;
    }

    // Other guests have to be told that the file has grown, which takes longer than a queue may wait.
    private static int Spread(Request request, in HandlePin file, nint written)
    {
        var call = request.Server.SlowCalls.Rent();
        call.Chain = request.Chain;
        call.Unique = request.Header.Unique;
        call.Operation = SlowOperation.Grown;
        call.File = file;
        call.Length = written;
        return request.Server.SlowCalls.Start(call);
    }

    // Returns the bytes written, 0 for an error; the answer stands in the chain.
    private static nint Write(Request request, in WriteIn write, in HandlePin file, FileChange files, out int answer)
    {
        if ((write.Flags & Fcntl.O_APPEND) != 0 && HasAppended(request, file.Fd, write.Count))
        {
            answer = request.Done(new WriteOut { Count = write.Count });
            return (nint)write.Count;
        }

        var segments = request.Segments;
        var count = request.Chain.SliceReadable(request.Cursor, write.Count, new(segments, DescriptorChain.MaxSegments));
        nint done;
        Errno error;
        using (request.Credentials.DropFsetid((write.WriteFlags & WireFlag.WriteKillSuidGid) != 0))
        {
            done = count == 1
                ? Unistd.pwrite(file.Fd, segments->Base, segments->Length, (long)write.Offset)
                : SysUio.pwritev(file.Fd, segments, count, (long)write.Offset);
            error = done < 0 ? LinuxException.LastErrno : Errno.None;
        }

        if (error == Errno.None)
        {
            files.MarkData(file.Fd);
            request.Chain.Tally.Moved = (uint)done;
        }

        answer = error != Errno.None ? request.Fail(error) : request.Done(new WriteOut { Count = (uint)done });
        return error != Errno.None ? 0 : done;
    }

    /// <summary>LSEEK: only what a guest cannot know, where data and holes are.</summary>
    public static int Lseek(Request request)
    {
        if (!request.TryRead(out LseekIn seek))
            return request.Fail(Errno.EINVAL);
        if (seek.Whence is not (Unistd.SEEK_DATA or Unistd.SEEK_HOLE))
            return request.Fail(Errno.EINVAL);
        using var file = request.File(seek.Handle);
        if (file.Error != Errno.None)
            return request.Fail(file.Error);
        // A negative position is as far from data as one behind the end: the host says so, with ENXIO.
        var found = Unistd.lseek(file.Fd, (long)seek.Offset, (int)seek.Whence);
        return found < 0 ? request.FailLast() : request.Done(new LseekOut { Offset = (ulong)found });
    }

    // What is appended must not be appended twice: the size is noted first, and a file that has grown by as much when the request is done
    // again has got it. Others who append to the same file in the moment of a worker's death can deceive that.
    private static bool HasAppended(Request request, int fd, uint count)
    {
        Statx statx;
        if (HostFile.Stat(fd, &statx) < 0)
            return false;
        if (Replay.HasBegun(request))
            return statx.Size >= request.Chain.EffectDetail + count;
        Replay.Begin(request, statx.Size);
        return false;
    }

    private static bool InRange(ulong offset, uint count) => count <= MaxCount && offset <= long.MaxValue - (ulong)count;
}
