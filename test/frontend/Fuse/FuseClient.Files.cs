using System;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>Calls on open files.</summary>
public sealed partial record FuseClient
{
    /// <summary>Opens a file with open(2) flags.</summary>
    public FuseResult<FuseOpen> Open(ulong node, int flags, uint openFlags = 0) =>
        Call(FuseOpcode.Open, node, new WireWriter().U32((uint)flags).U32(openFlags).ToArray(), 16, FuseOpen.Read);

    /// <summary>Makes and opens a file.</summary>
    public FuseResult<FuseCreated> Create(ulong parent, string name, int flags, uint mode, uint umask = 0, uint openFlags = 0) => Call(
        FuseOpcode.Create,
        parent,
        new WireWriter().U32((uint)flags).U32(mode).U32(umask).U32(openFlags).Name(name).ToArray(),
        144,
        (ref WireReader reader) => new FuseCreated(FuseEntry.Read(ref reader), FuseOpen.Read(ref reader)));

    /// <summary>Reads from an open file.</summary>
    public FuseResult<byte[]> Read(ulong node, ulong fh, ulong offset, uint size) => ForBytes(
        Call(FuseOpcode.Read, node, ReadArguments(fh, offset, size), (int)size), nameof(Read));

    /// <summary>Writes to an open file.</summary>
    /// <returns>Bytes written.</returns>
    public FuseResult<uint> Write(ulong node, ulong fh, ulong offset, ReadOnlySpan<byte> data, uint writeFlags = 0, int openFlags = 0) => Call(
        FuseOpcode.Write,
        node,
        new WireWriter().U64(fh).U64(offset).U32((uint)data.Length).U32(writeFlags).U64(0).U32((uint)openFlags).U32(0).Bytes(data).ToArray(),
        8,
        ReadSize);

    /// <summary>A descriptor of the file is closed in the guest.</summary>
    public Errno Flush(ulong node, ulong fh, ulong owner = 0) =>
        CallForNothing(FuseOpcode.Flush, node, new WireWriter().U64(fh).U32(0).U32(0).U64(owner).ToArray());

    /// <summary>Flushes a file to disk.</summary>
    public Errno Fsync(ulong node, ulong fh, bool dataOnly = false) =>
        CallForNothing(FuseOpcode.Fsync, node, FsyncArguments(fh, dataOnly));

    /// <summary>Gives an open file up.</summary>
    public Errno Release(ulong node, ulong fh, int flags = 0, uint releaseFlags = 0) =>
        CallForNothing(FuseOpcode.Release, node, ReleaseArguments(fh, flags, releaseFlags));

    /// <summary>fallocate(2).</summary>
    public Errno Fallocate(ulong node, ulong fh, ulong offset, ulong length, uint mode) =>
        CallForNothing(FuseOpcode.Fallocate, node, new WireWriter().U64(fh).U64(offset).U64(length).U32(mode).U32(0).ToArray());

    /// <summary>lseek(2) with SEEK_DATA or SEEK_HOLE.</summary>
    public FuseResult<ulong> Lseek(ulong node, ulong fh, ulong offset, uint whence) => Call(
        FuseOpcode.Lseek,
        node,
        new WireWriter().U64(fh).U64(offset).U32(whence).U32(0).ToArray(),
        8,
        (ref WireReader reader) => reader.U64());

    /// <summary>copy_file_range(2).</summary>
    /// <returns>Bytes copied.</returns>
    public FuseResult<uint> CopyFileRange(
        ulong nodeIn, ulong fhIn, ulong offsetIn, ulong nodeOut, ulong fhOut, ulong offsetOut, ulong length, ulong flags = 0) => Call(
        FuseOpcode.CopyFileRange,
        nodeIn,
        new WireWriter().U64(fhIn).U64(offsetIn).U64(nodeOut).U64(fhOut).U64(offsetOut).U64(length).U64(flags).ToArray(),
        8,
        ReadSize);

    private static byte[] ReadArguments(ulong fh, ulong offset, uint size) =>
        new WireWriter().U64(fh).U64(offset).U32(size).U32(0).U64(0).U32(0).U32(0).ToArray();

    private static byte[] FsyncArguments(ulong fh, bool dataOnly) =>
        new WireWriter().U64(fh).U32(dataOnly ? FuseValues.FsyncDataSync : 0).U32(0).ToArray();

    private static byte[] ReleaseArguments(ulong fh, int flags, uint releaseFlags) =>
        new WireWriter().U64(fh).U32((uint)flags).U32(releaseFlags).U64(0).ToArray();
}
