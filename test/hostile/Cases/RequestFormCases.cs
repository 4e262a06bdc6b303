using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Fuse;

namespace KataShimNet.Hostile.Cases;

/// <summary>Requests whose header or arguments have a wrong form, and answers for which there is no room: for every operation.</summary>
internal static class RequestFormCases
{
    // Lengths in the header that are not the request's.
    private static readonly (string Name, Func<int, uint> Length)[] s_lengths =
    [
        ("a length of 0", _ => 0),
        ("a length of 39", _ => 39),
        ("a length of one byte less", real => (uint)real - 1),
        ("a length of one byte more", real => (uint)real + 1),
        ("a length of 2^32 - 1", _ => uint.MaxValue),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() =>
    [
        .. GoodRequests.All.Select(Good),
        .. GoodRequests.All.SelectMany(Short),
        .. GoodRequests.All.SelectMany(Lengths),
        .. GoodRequests.All.SelectMany(NoRoom),
        .. Headers(),
        .. Opcodes(),
    ];

    // An attack that spoils what would not work anyway shows nothing.
    private static HostileCase Good(GoodRequest good) => new("good requests", good.Title, guest =>
        guest.Send(good.Opcode, good.Node(guest), good.Arguments(guest), good.Room).Succeeds())
    {
        Changes = good.Changes,
        OursOnly = good.Opcode is FuseOpcode.Statx or GoodRequests.CopyFileRange64 or FuseOpcode.TmpFile,
    };

    private static IEnumerable<HostileCase> Short(GoodRequest good)
    {
        foreach (var (name, cut) in new (string, Func<int, int>)[]
        {
            ("no arguments", _ => 0), ("one byte of arguments", _ => 1), ("half of its arguments", all => all / 2), ("all arguments but a byte", all => all - 1),
        })
        {
            // These have none, or one byte is half of them.
            if (good.Opcode is FuseOpcode.Readlink or FuseOpcode.StatFs)
                continue;
            yield return new("short requests", $"{good.Title} with {name}", guest =>
            {
                var all = good.Arguments(guest);
                guest.Send(good.Opcode, good.Node(guest), all.AsSpan(0, cut(all.Length)), good.Room).Fails(Errno.EINVAL);
            });
        }
    }

    private static IEnumerable<HostileCase> Lengths(GoodRequest good)
    {
        foreach (var (name, length) in s_lengths)
        {
            yield return new("lengths of the header", $"{good.Title} with {name}", guest =>
            {
                var request = guest.Fuse.Request(good.Opcode, good.Node(guest), good.Arguments(guest));
                BitConverter.TryWriteBytes(request, length(request.Length));
                guest.SendBytes(request, good.Room, good.Title).Fails(Errno.EINVAL);
            });
        }

        foreach (var (units, name) in new[] { ((ushort)1, "extensions where its arguments are"), (ushort.MaxValue, "512 KiB of extensions that are not there") })
        {
            yield return new("lengths of the header", $"{good.Title} with {name}", guest =>
            {
                var request = guest.Fuse.Request(good.Opcode, good.Node(guest), good.Arguments(guest));
                // total_extlen, in units of 8 bytes.
                BitConverter.TryWriteBytes(request.AsSpan(36), units);
                guest.SendBytes(request, good.Room, good.Title).Fails(Errno.EINVAL);
            });
        }
    }

    private static IEnumerable<HostileCase> NoRoom(GoodRequest good)
    {
        foreach (var room in new[] { 0, 15 })
        {
            yield return new("room for the answer", $"{good.Title} with room for {room} bytes", guest =>
                guest.Send(good.Opcode, good.Node(guest), good.Arguments(guest), room).IsSilent());
        }

        if (good.Payload == 0)
            yield break;
        foreach (var payload in new[] { 0, good.Payload - 1 }.Distinct())
        {
            yield return new("room for the answer", $"{good.Title} with room for {payload} of {good.Payload} bytes behind the header", guest =>
                guest.Send(good.Opcode, good.Node(guest), good.Arguments(guest), FuseClient.OutHeaderSize + payload).Fails(Errno.EINVAL, Errno.ERANGE));
        }
    }

    private static IEnumerable<HostileCase> Headers()
    {
        foreach (var length in new[] { 1, 4, 8, 15, 16, 39 })
        {
            yield return new("headers", $"{length} bytes of a header", guest =>
            {
                var request = guest.Fuse.Request(FuseOpcode.GetAttr, guest.Root, new byte[16]);
                _ = guest.SendBytes(request.AsSpan(0, length), 4096, "a short header").Errno is null or not Errno.None
                    ? 0
                    : throw new Guests.AttackException(Guests.Verdict.WrongEffect, "a header that is not whole was served");
            });
        }

        yield return new("headers", "nothing but room", guest => guest.SendBytes([], 4096, "no header").SucceedsOrFails(Errno.EINVAL));
        foreach (var unique in new[] { 0UL, ulong.MaxValue, 1UL << 63 })
        {
            yield return new("headers", $"a unique number of 0x{unique:x}", guest =>
                guest.SendBytes(guest.Fuse.Request(FuseOpcode.GetAttr, guest.Root, new byte[16], unique), 4096, "unique").Succeeds());
        }

        yield return new("headers", "the same unique number twice", guest =>
        {
            guest.SendBytes(guest.Fuse.Request(FuseOpcode.GetAttr, guest.Root, new byte[16], 77), 4096, "unique").Succeeds();
            guest.SendBytes(guest.Fuse.Request(FuseOpcode.GetAttr, guest.Root, new byte[16], 77), 4096, "unique").Succeeds();
        });
        foreach (var good in GoodRequests.All.Where(g => g.Names.Length > 0 && g.Changes && g.Opcode is FuseOpcode.Mkdir or FuseOpcode.Mknod or FuseOpcode.Create or FuseOpcode.Symlink))
        {
            foreach (var (uid, gid) in new[] { (uint.MaxValue, 0u), (0u, uint.MaxValue), (uint.MaxValue, uint.MaxValue) })
            {
                yield return new("headers", $"{good.Title} by {uid}:{gid}", guest =>
                    guest.SendBytes(guest.Fuse.As(uid, gid).Request(good.Opcode, guest.Root, good.Arguments(guest)), good.Room, good.Title).Fails(Errno.EINVAL, Errno.EPERM, Errno.EOVERFLOW));
            }
        }
    }

    private static IEnumerable<HostileCase> Opcodes()
    {
        foreach (var opcode in new uint[] { 0, 7, 19, 37, 40, 48, 49, 54, 55, 63, 64, 100, 4096, 1_048_576, 0x8000_0000, uint.MaxValue })
        {
            foreach (var length in new[] { 0, 64, 4000 })
            {
                yield return new("unknown operations", $"opcode {opcode} with {length} bytes", guest =>
                    guest.Send((FuseOpcode)opcode, guest.File, new byte[length]).Fails(Errno.ENOSYS, Errno.EINVAL, Errno.EOPNOTSUPP));
            }
        }
    }
}
