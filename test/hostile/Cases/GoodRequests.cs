using System.Collections.Generic;
using KataShimNet.Hostile.Guests;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Wire;
using static KataShimNet.VhostFrontEnd.Fuse.FuseOpcode;

namespace KataShimNet.Hostile.Cases;

/// <summary>A good request of every operation that has an answer: what the attacks spoil, one thing at a time.</summary>
internal static class GoodRequests
{
    /// <summary>COPY_FILE_RANGE_64.</summary>
    public const FuseOpcode CopyFileRange64 = (FuseOpcode)53;

    // FS_IOC_GETFLAGS.
    private const uint GetFlags = 0x80086601;
    private const uint Regular = SysStat.S_IFREG | 0x1A4;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<GoodRequest> All { get; } =
    [
        new(Lookup, g => g.Root, _ => new(), 128) { Names = ["file"] },
        new(GetAttr, g => g.File, _ => new WireWriter().Zeros(16), 104),
        new(SetAttr, g => g.File, _ => new WireWriter().Bytes(new FuseSetAttr(SetAttrValid.Mode) { Mode = 0x180 }.ToBytes()), 104) { Changes = true },
        new(SetAttr, g => g.File, g => new WireWriter().Bytes(new FuseSetAttr(SetAttrValid.Size | SetAttrValid.Fh) { Fh = g.FileHandle }.ToBytes()), 104)
        {
            Note = "size by handle", Handle = HandleKind.File, HandleAt = 8, Changes = true,
        },
        new(Readlink, g => g.Link, _ => new()),
        new(Symlink, g => g.Root, _ => new()) { Payload = 128, Names = ["new", "target"], Changes = true },
        new(Mknod, g => g.Root, _ => new WireWriter().U32(Regular).Zeros(12), 128) { Names = ["new"], Changes = true },
        new(Mkdir, g => g.Root, _ => new WireWriter().U32(0x1ED).U32(0), 128) { Names = ["new"], Changes = true },
        new(Unlink, g => g.Root, _ => new()) { Names = ["file"], Changes = true },
        new(Rmdir, g => g.Root, _ => new()) { Names = ["empty"], Changes = true },
        new(Rename, g => g.Root, g => new WireWriter().U64(g.Folder)) { Names = ["file", "new"], OtherNodeAt = 0, Changes = true },
        new(Rename2, g => g.Root, g => new WireWriter().U64(g.Folder).Zeros(8)) { Names = ["file", "new"], OtherNodeAt = 0, Changes = true },
        new(Link, g => g.Root, g => new WireWriter().U64(g.File), 128) { Names = ["new"], OtherNodeAt = 0, Changes = true },
        new(Open, g => g.File, _ => new WireWriter().U32(Fcntl.O_RDWR).U32(0), 16),
        new(Read, g => g.File, g => Transfer(g.FileHandle, 0, 100), 100) { Handle = HandleKind.File },
        new(Write, g => g.File, g => Transfer(g.FileHandle, 0, 4), 8) { Tail = "data"u8.ToArray(), Handle = HandleKind.File, Changes = true },
        new(StatFs, g => g.Root, _ => new(), 80),
        new(Release, g => g.File, g => new WireWriter().U64(g.FileHandle).Zeros(16)) { Handle = HandleKind.File },
        new(Fsync, g => g.File, g => new WireWriter().U64(g.FileHandle).Zeros(8)) { Handle = HandleKind.File },
        new(SetXattr, g => g.File, XattrHead) { Names = ["user.b"], Tail = "v"u8.ToArray(), Changes = true },
        new(GetXattr, g => g.File, _ => new WireWriter().U32(100).U32(0)) { Names = ["user.a"], Payload = 5 },
        new(ListXattr, g => g.File, _ => new WireWriter().U32(100).U32(0), 7),
        new(RemoveXattr, g => g.File, _ => new()) { Names = ["user.a"], Changes = true },
        new(Flush, g => g.File, g => new WireWriter().U64(g.FileHandle).Zeros(16)) { Handle = HandleKind.File },
        new(OpenDir, g => g.Folder, _ => new WireWriter().Zeros(8), 16),
        new(ReadDir, g => g.Folder, g => Transfer(g.FolderHandle, 0, 4096), 4096) { Handle = HandleKind.Folder },
        new(ReadDirPlus, g => g.Folder, g => Transfer(g.FolderHandle, 0, 4096), 4096) { Handle = HandleKind.Folder },
        new(ReleaseDir, g => g.Folder, g => new WireWriter().U64(g.FolderHandle).Zeros(16)) { Handle = HandleKind.Folder },
        new(FsyncDir, g => g.Folder, g => new WireWriter().U64(g.FolderHandle).Zeros(8)) { Handle = HandleKind.Folder },
        new(GetLk, g => g.File, Lock, 24) { Handle = HandleKind.File },
        new(SetLk, g => g.File, Lock) { Handle = HandleKind.File },
        new(SetLkw, g => g.File, Lock) { Handle = HandleKind.File },
        new(Ioctl, g => g.File, g => new WireWriter().U64(g.FileHandle).U32(0).U32(GetFlags).U64(0).U32(0).U32(4), 20) { Handle = HandleKind.File },
        new(Access, g => g.File, _ => new WireWriter().U32(4).U32(0)),
        new(Create, g => g.Root, _ => new WireWriter().U32(Fcntl.O_RDWR).U32(Regular).Zeros(8), 144) { Names = ["new"], Changes = true },
        new(TmpFile, g => g.Root, _ => new WireWriter().U32(Fcntl.O_RDWR).U32(Regular).Zeros(8), 144),
        new(Fallocate, g => g.File, g => new WireWriter().U64(g.FileHandle).U64(0).U64(100).Zeros(8)) { Handle = HandleKind.File, Changes = true },
        new(Lseek, g => g.File, g => new WireWriter().U64(g.FileHandle).U64(0).U32(3).U32(0), 8) { Handle = HandleKind.File },
        new(CopyFileRange, g => g.File, Copy, 8) { Note = "source", Handle = HandleKind.File, OtherNodeAt = 16, Changes = true },
        new(CopyFileRange, g => g.File, Copy, 8) { Note = "target", Handle = HandleKind.File, HandleAt = 24, Changes = true },
        new(CopyFileRange64, g => g.File, Copy, 8) { Note = "source", Handle = HandleKind.File, OtherNodeAt = 16, Changes = true },
        new(CopyFileRange64, g => g.File, Copy, 8) { Note = "target", Handle = HandleKind.File, HandleAt = 24, Changes = true },
        new(SyncFs, g => g.Root, _ => new WireWriter().Zeros(8)),
        new(FuseOpcode.Statx, g => g.File, _ => new WireWriter().Zeros(20).U32(0x7FF), 288),
    ];

    /// <summary>The arguments of READ, WRITE, READDIR and READDIRPLUS.</summary>
    public static WireWriter Transfer(ulong handle, ulong offset, uint size) => new WireWriter().U64(handle).U64(offset).U32(size).Zeros(20);

    /// <summary>The arguments of SETXATTR before the name, for a value of one byte, in the form that INIT settled.</summary>
    public static WireWriter XattrHead(Guest guest) => XattrHead(guest, 1, 0);

    /// <summary>The arguments of SETXATTR before the name.</summary>
    public static WireWriter XattrHead(Guest guest, uint size, uint flags) => new WireWriter().U32(size).U32(flags)
        .Zeros(guest.Fuse.Session.Init!.Flags.HasFlag(InitFlags.SetXattrExt) ? 8 : 0);

    // A read lock of ten bytes by owner 7.
    private static WireWriter Lock(Guest g) => new WireWriter().U64(g.FileHandle).U64(7).U64(0).U64(10).U32(0).U32(1).U32(0).U32(0);

    // From the start of the file to behind its end.
    private static WireWriter Copy(Guest g) =>
        new WireWriter().U64(g.FileHandle).U64(0).U64(g.File).U64(g.FileHandle).U64(10).U64(5).U64(0);
}
