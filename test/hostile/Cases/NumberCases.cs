using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Hostile.Guests;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Wire;
using static KataShimNet.VhostFrontEnd.Fuse.FuseOpcode;

namespace KataShimNet.Hostile.Cases;

/// <summary>Offsets, sizes and lengths at the ends of their range, and sizes that are not those of the data.</summary>
internal static class NumberCases
{
    private static readonly ulong[] s_ends = [(1UL << 63) - 1, 1UL << 63, (1UL << 63) + 4096, ulong.MaxValue - 4095, ulong.MaxValue];

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() => [.. s_ends.SelectMany(Ends), .. Reads(), .. Writes(), .. Directories(), .. Attributes(), .. Times()];

    private static IEnumerable<HostileCase> Ends(ulong end)
    {
        HostileCase Case(string what, Action<Guest> attack, bool changes = false) => new("ends of 64 bits", $"{what} 0x{end:x}", attack) { Changes = changes };

        // At its end a file has no bytes: nothing is as good as an error.
        yield return Case("Read at", g => g.Send(Read, g.File, GoodRequests.Transfer(g.FileHandle, end, 10).ToArray()).FailsOrIsEmpty(Errno.EINVAL));
        yield return Case("Write at", g => g.Send(Write, g.File, GoodRequests.Transfer(g.FileHandle, end, 2).Bytes("xx"u8).ToArray()).Fails(Errno.EINVAL, Errno.EFBIG));
        yield return Case("Lseek to data from", g => g.Send(Lseek, g.File, new WireWriter().U64(g.FileHandle).U64(end).U32(3).U32(0).ToArray()).Fails(Errno.EINVAL, Errno.ENXIO));
        yield return Case("Lseek to a hole from", g => g.Send(Lseek, g.File, new WireWriter().U64(g.FileHandle).U64(end).U32(4).U32(0).ToArray()).Fails(Errno.EINVAL, Errno.ENXIO));
        foreach (var mode in new uint[] { 0, 1, 3, 0x10 })
        {
            yield return Case($"Fallocate, mode {mode}, at", g => Fallocate(g, end, 10, mode).Fails(Errno.EINVAL, Errno.EFBIG, Errno.EOPNOTSUPP));
            yield return Case($"Fallocate, mode {mode}, of the length", g => Fallocate(g, 10, end, mode).Fails(Errno.EINVAL, Errno.EFBIG, Errno.EOPNOTSUPP));
        }

        yield return Case("CopyFileRange from", g => Copy(g, end, 0, 5).FailsOrIsEmpty(Errno.EINVAL, Errno.EOVERFLOW));
        yield return Case("CopyFileRange to", g => Copy(g, 0, end, 5).Fails(Errno.EINVAL, Errno.EFBIG, Errno.EOVERFLOW));
        yield return Case("CopyFileRange onto itself, of the length", g => Copy(g, 0, 3, end).Fails(Errno.EINVAL, Errno.EOVERFLOW, Errno.EFBIG));
        yield return Case("SetAttr of the size", g =>
        {
            var answer = g.Send(SetAttr, g.File, new FuseSetAttr(SetAttrValid.Size) { Size = end }.ToBytes());
            _ = end == long.MaxValue ? answer.SucceedsOrFails(Errno.EFBIG, Errno.EINVAL) : answer.Fails(Errno.EFBIG, Errno.EINVAL);
        }, changes: true);
        yield return Case("SetAttr by handle of the size", g =>
        {
            var answer = g.Send(SetAttr, g.File, new FuseSetAttr(SetAttrValid.Size | SetAttrValid.Fh) { Size = end, Fh = g.FileHandle }.ToBytes());
            _ = end == long.MaxValue ? answer.SucceedsOrFails(Errno.EFBIG, Errno.EINVAL) : answer.Fails(Errno.EFBIG, Errno.EINVAL);
        }, changes: true);

        // A cookie is the file system's own affair; what counts is a well-formed answer.
        foreach (var opcode in new[] { ReadDir, ReadDirPlus })
        {
            yield return Case($"{opcode} from", g => g.Send(opcode, g.Folder, GoodRequests.Transfer(g.FolderHandle, end, 4000).ToArray(), 4016).SucceedsOrFails(Errno.EINVAL, Errno.ENOENT));
            yield return Case($"{opcode} of the root from", g =>
            {
                var handle = g.Fuse.OpenDir(FuseValues.RootId).Value.Fh;
                g.Send(opcode, FuseValues.RootId, GoodRequests.Transfer(handle, end, 4000).ToArray(), 4016).SucceedsOrFails(Errno.EINVAL, Errno.ENOENT);
            });
        }
    }

    private static IEnumerable<HostileCase> Reads()
    {
        foreach (var (size, room) in new (uint, int)[] { (uint.MaxValue, 4096), (1u << 31, 4096), (0x7FFF_F000, 4096), (4097, 4096), (1, 0), (7, 6), (4096, 4095) })
        {
            yield return new("sizes", $"Read of {size} bytes with room for {room}", g =>
                g.Send(Read, g.File, GoodRequests.Transfer(g.FileHandle, 0, size).ToArray(), 16 + room).Fails(Errno.EINVAL, Errno.ENOMEM));
        }

        yield return new("sizes", "Read of no bytes", g => g.Send(Read, g.File, GoodRequests.Transfer(g.FileHandle, 0, 0).ToArray()).FailsOrIsEmpty());
        yield return new("sizes", "Read of less than there is room for", g =>
            Guest.Expect(g.Send(Read, g.File, GoodRequests.Transfer(g.FileHandle, 0, 3).ToArray()).Succeeds().Data.Length == 3, "not 3 bytes came"));
    }

    private static IEnumerable<HostileCase> Writes()
    {
        foreach (var (size, data) in new (uint, int)[] { (uint.MaxValue, 3), (1u << 31, 3), (4, 3), (1, 0), (4097, 4096), (1 << 20, 4096) })
        {
            yield return new("sizes", $"Write of {size} bytes that are {data}", g =>
                g.Send(Write, g.File, GoodRequests.Transfer(g.FileHandle, 0, size).Zeros(data).ToArray()).Fails(Errno.EINVAL, Errno.EIO, Errno.ENOMEM));
        }

        foreach (var (size, data) in new (uint, int)[] { (0, 100), (2, 100), (4095, 4096) })
        {
            yield return new("sizes", $"Write of {size} bytes out of {data}", g =>
            {
                var before = System.IO.File.ReadAllBytes(g.Tree.At("file"));
                g.Send(Write, g.File, GoodRequests.Transfer(g.FileHandle, 0, size).Bytes(Enumerable.Repeat((byte)'x', data).ToArray()).ToArray()).SucceedsOrFails(Errno.EINVAL);
                var after = System.IO.File.ReadAllBytes(g.Tree.At("file"));
                var written = after.TakeWhile(b => b == (byte)'x').Count();
                Guest.Expect(written <= size && after.Skip((int)size).SequenceEqual(before.Skip((int)size)), $"{written} bytes were written");
            })
            { Changes = true };
        }
    }

    private static IEnumerable<HostileCase> Directories()
    {
        foreach (var opcode in new[] { ReadDir, ReadDirPlus })
        {
            foreach (var (size, room) in new (uint, int)[] { (uint.MaxValue, 200), (1u << 31, 200), (201, 200) })
            {
                yield return new("sizes", $"{opcode} of {size} bytes with room for {room}", g =>
                    g.Send(opcode, g.Folder, GoodRequests.Transfer(g.FolderHandle, 0, size).ToArray(), 16 + room).Fails(Errno.EINVAL, Errno.ENOMEM));
            }

            foreach (var size in new uint[] { 0, 1, 23, 24, 31 })
            {
                yield return new("sizes", $"{opcode} of {size} bytes", g =>
                    g.Send(opcode, g.Folder, GoodRequests.Transfer(g.FolderHandle, 0, size).ToArray()).FailsOrIsEmpty(Errno.EINVAL));
                yield return new("sizes", $"{opcode} of the root of {size} bytes", g =>
                {
                    var handle = g.Fuse.OpenDir(FuseValues.RootId).Value.Fh;
                    g.Send(opcode, FuseValues.RootId, GoodRequests.Transfer(handle, 0, size).ToArray()).FailsOrIsEmpty(Errno.EINVAL);
                });
            }
        }
    }

    private static IEnumerable<HostileCase> Attributes()
    {
        foreach (var size in new uint[] { 1, 4, 65537, 1u << 31, uint.MaxValue })
        {
            yield return new("sizes", $"GetXattr of {size} bytes with room for 4", g =>
                g.Send(GetXattr, g.File, new WireWriter().U32(size).U32(0).Name("user.a").ToArray(), 20).Fails(Errno.ERANGE, Errno.EINVAL, Errno.E2BIG, Errno.ENOMEM));
            yield return new("sizes", $"ListXattr of {size} bytes with room for 4", g =>
                g.Send(ListXattr, g.File, new WireWriter().U32(size).U32(0).ToArray(), 20).Fails(Errno.ERANGE, Errno.EINVAL, Errno.E2BIG, Errno.ENOMEM));
            yield return new("sizes", $"SetXattr of {size} bytes that are none", g =>
                g.Send(SetXattr, g.File, GoodRequests.XattrHead(g, size, 0).Name("user.b").ToArray()).Fails(Errno.EINVAL, Errno.E2BIG, Errno.ENOSPC));
        }

        yield return new("sizes", "SetXattr of 65,537 bytes", g =>
            g.Send(SetXattr, g.File, GoodRequests.XattrHead(g, 65537, 0).Name("user.b").Zeros(65537).ToArray()).Fails(Errno.E2BIG, Errno.ENOSPC));
        yield return new("sizes", "SetXattr of one byte out of a hundred", g =>
        {
            g.Send(SetXattr, g.File, GoodRequests.XattrHead(g, 1, 0).Name("user.b").Zeros(100).ToArray()).SucceedsOrFails(Errno.EINVAL);
            Guest.Expect(g.Fuse.GetXattrSize(g.File, "user.b") is { Errno: not Errno.None } or { Answer: 1 }, "more than the size was set");
        })
        { Changes = true };
        foreach (var flags in new uint[] { 3, 4, 0x100, uint.MaxValue })
        {
            yield return new("sizes", $"SetXattr with flags 0x{flags:x}", g =>
                g.Send(SetXattr, g.File, GoodRequests.XattrHead(g, 1, flags).Name("user.b").U8(1).ToArray()).Fails(Errno.EINVAL, Errno.EOPNOTSUPP, Errno.ENODATA, Errno.EEXIST));
        }
    }

    private static IEnumerable<HostileCase> Times()
    {
        foreach (var (seconds, nanoseconds) in new (ulong, uint)[] { (0, 1_000_000_000), (0, uint.MaxValue), (0, 0x3FFF_FFFF), (0, 0x3FFF_FFFE), (1UL << 63, 0), (ulong.MaxValue, 999_999_999), (long.MaxValue, 0) })
        {
            foreach (var which in new[] { SetAttrValid.Atime, SetAttrValid.Mtime, SetAttrValid.Ctime })
            {
                // UTIME_NOW and UTIME_OMIT are values of utimensat(2) and none of FUSE.
                yield return new("times", $"SetAttr of {which} {seconds} s and {nanoseconds} ns", g =>
                {
                    var change = new FuseSetAttr(which) { Atime = (seconds, nanoseconds), Mtime = (seconds, nanoseconds), Ctime = (seconds, nanoseconds) };
                    var answer = g.Send(SetAttr, g.File, change.ToBytes());
                    System.IO.File.SetLastWriteTimeUtc(g.Tree.At("file"), DateTime.UnixEpoch);
                    System.IO.File.SetLastAccessTimeUtc(g.Tree.At("file"), DateTime.UnixEpoch);
                    answer.SucceedsOrFails(Errno.EINVAL, Errno.ERANGE, Errno.EOVERFLOW);
                    Guest.Expect(answer.Errno != Errno.None || new[] { 64, 68, 72 }.All(at => BitConverter.ToUInt32(answer.Data, at) < 1_000_000_000), "the answer has a second of nanoseconds");
                });
            }
        }
    }

    private static Answer Fallocate(Guest g, ulong offset, ulong length, uint mode) =>
        g.Send(FuseOpcode.Fallocate, g.File, new WireWriter().U64(g.FileHandle).U64(offset).U64(length).U32(mode).U32(0).ToArray());

    private static Answer Copy(Guest g, ulong from, ulong to, ulong length) => g.Send(
        CopyFileRange, g.File, new WireWriter().U64(g.FileHandle).U64(from).U64(g.File).U64(g.FileHandle).U64(to).U64(length).U64(0).ToArray());
}
