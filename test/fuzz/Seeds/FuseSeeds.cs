using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fuzz.Targets;
using KataShimNet.Linux.Interop;
using static KataShimNet.Fuzz.Targets.FuseRequests;

namespace KataShimNet.Fuzz.Seeds;

/// <summary>Inputs of good requests, one for each operation or for what belongs together; numbers as in <see cref="KnownIds"/>.</summary>
internal static class FuseSeeds
{
    private const ulong Data = 2;
    private const ulong File = 4;
    private const ulong Folder = 5;
    private const ulong Link = 6;
    private const ulong FileHandle = 1;
    private const ulong FolderHandle = 2;

    /// <summary>All seeds by name.</summary>
    public static IEnumerable<(string Name, byte[] Input)> All()
    {
        byte[] write = [.. Bytes(new WriteIn { Handle = FileHandle, Offset = 3, Count = 4 }), .. "data"u8];
        byte[] create = [.. Bytes(new CreateIn { Flags = Fcntl.O_RDWR, Mode = 0x81A4 }), .. Name("new")];
        yield return Seed("lookup-forget", Lookup(Data, "file"), Make(Opcode.Forget, File, Bytes(new ForgetIn { Lookups = 1 })), Lookup(Data, "none"), Lookup(1, "data"));
        yield return Seed("batch-forget", Make(Opcode.BatchForget, 0, [.. Bytes(new BatchForgetIn { Count = 2 }), .. Bytes(new ForgetOne { NodeId = File, Lookups = 1 }), .. Bytes(new ForgetOne { NodeId = Folder, Lookups = 9 })]));
        yield return Seed("attributes", Make(Opcode.Getattr, File, new byte[16]), Make(Opcode.Setattr, File, Setattr(1)), Make(Opcode.Setattr, File, Setattr(8)), Make(Opcode.Setattr, File, Setattr(0x1B6)), Make(Opcode.Statx, File, new byte[24]), Make(Opcode.Access, File, [4, 0, 0, 0, 0, 0, 0, 0]), Make(Opcode.Statfs, Data, []));
        yield return Seed("links", Make(Opcode.Readlink, Link, []), Make(Opcode.Symlink, Data, [.. Name("s"), .. Name("target")]), Make(Opcode.Link, Data, [.. BitConverter.GetBytes(File), .. Name("hard")]));
        yield return Seed("names", Make(Opcode.Mkdir, Data, [.. Bytes(new MkdirIn { Mode = 0x1ED }), .. Name("d")]), Make(Opcode.Rename, Data, [.. BitConverter.GetBytes(Folder), .. Name("d"), .. Name("e")]), Make(Opcode.Rmdir, Folder, Name("e")), Make(Opcode.Unlink, Data, Name("file")));
        yield return Seed("rename2", Make(Opcode.Rename2, Data, [.. Bytes(new Rename2In { NewParent = Folder, Flags = 2 }), .. Name("file"), .. Name("inner")]));
        yield return Seed("mknod", Make(Opcode.Mknod, Data, [.. Bytes(new MknodIn { Mode = 0x81A4 }), .. Name("n")]), Make(Opcode.Mknod, Data, [.. Bytes(new MknodIn { Mode = 0x11A4 }), .. Name("f")]));
        yield return Seed("create", Make(Opcode.Create, Data, create), Make(Opcode.Write, 9, Bytes(new WriteIn { Handle = 3 })), Make(Opcode.Release, 9, Bytes(new ReleaseIn { Handle = 3 })));
        yield return Seed("tmpfile", Make(Opcode.Tmpfile, Data, create));
        yield return Seed("read-write", Make(Opcode.Read, File, Bytes(new ReadIn { Handle = FileHandle, Count = 100 })), Make(Opcode.Write, File, write), Make(Opcode.Flush, File, Bytes(new FlushIn { Handle = FileHandle })), Make(Opcode.Fsync, File, Bytes(new FsyncIn { Handle = FileHandle })), Make(Opcode.Release, File, Bytes(new ReleaseIn { Handle = FileHandle })));
        yield return Seed("space", Make(Opcode.Lseek, File, Bytes(new LseekIn { Handle = FileHandle, Whence = 3 })), Make(Opcode.Fallocate, File, Bytes(new FallocateIn { Handle = FileHandle, Count = 100 })), Make(Opcode.CopyFileRange, File, Copy()), Make(Opcode.CopyFileRange64, File, Copy()));
        yield return Seed("directories", Make(Opcode.Readdir, Folder, Bytes(new ReadIn { Handle = FolderHandle, Count = 4096 })), Make(Opcode.Readdirplus, Folder, Bytes(new ReadIn { Handle = FolderHandle, Count = 4096 })), Make(Opcode.Fsyncdir, Folder, Bytes(new FsyncIn { Handle = FolderHandle })), Make(Opcode.Releasedir, Folder, Bytes(new ReleaseIn { Handle = FolderHandle })));
        yield return Seed("root", FuseRequests.Open(1, Opcode.Opendir, 0), Make(Opcode.Readdirplus, 1, Bytes(new ReadIn { Handle = 3, Count = 4096 })), Make(Opcode.Getattr, 1, new byte[16]));
        yield return Seed("xattr", Make(Opcode.Setxattr, File, [.. Bytes(new SetxattrIn { ValueLength = 1 }), .. Name("user.a"), 1]), Make(Opcode.Getxattr, File, [.. Bytes(new GetxattrIn { Count = 100 }), .. Name("user.a")]), Make(Opcode.Listxattr, File, Bytes(new GetxattrIn { Count = 100 })), Make(Opcode.Listxattr, File, Bytes(new GetxattrIn())), Make(Opcode.Removexattr, File, Name("user.a")));
        yield return Seed("locks", Make(Opcode.Setlk, File, Lock(1)), Make(Opcode.Getlk, File, Lock(1)), Make(Opcode.Setlkw, File, Lock(2)), Make(Opcode.Interrupt, 0, BitConverter.GetBytes(2ul)), Make(Opcode.Setlk, File, Lock(0)));
        yield return Seed("sync", Make(Opcode.Syncfs, Data, new byte[8]), Make(Opcode.Destroy, 0, []), Init());
        yield return Seed("read-only", Lookup(3, "file"), FuseRequests.Open(8, Opcode.Open, 0), Make(Opcode.Unlink, 3, Name("file")), Make(Opcode.Setattr, 8, Setattr(1)));
        yield return Seed("unknown", Make((Opcode)200, File, new byte[64]), Make(Opcode.Ioctl, File, new byte[32]), Make(Opcode.Bmap, File, new byte[16]));
        foreach (var opcode in Enum.GetValues<Opcode>())
            yield return Seed("zeros-" + opcode.ToString().ToLowerInvariant(), Make(opcode, File, new byte[64]));
    }

    private static (string Name, byte[] Input) Seed(string name, params byte[][] requests) =>
        (name, [.. requests.SelectMany(request => Record.Encode(255, 0, request))]);

    private static byte[] Setattr(uint valid) => Bytes(new SetattrIn { Valid = valid, Mode = 0x180, FileSize = 5 });

    private static byte[] Copy() => Bytes(new CopyFileRangeIn { SourceHandle = FileHandle, TargetNodeId = File, TargetHandle = FileHandle, TargetOffset = 10, Count = 5 });

    // struct fuse_lk_in: fh, owner, {start, end, type, pid}, flags.
    private static byte[] Lock(uint type) =>
        [.. BitConverter.GetBytes(FileHandle), .. BitConverter.GetBytes(7ul), .. BitConverter.GetBytes(0ul), .. BitConverter.GetBytes(long.MaxValue), .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(1u), .. new byte[8]];
}
