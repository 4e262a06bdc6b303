using System.Collections.Generic;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>Calls on folders.</summary>
public sealed partial record FuseClient
{
    /// <summary>Opens a folder.</summary>
    public FuseResult<FuseOpen> OpenDir(ulong node, int flags = 0) =>
        Call(FuseOpcode.OpenDir, node, new WireWriter().U32((uint)flags).U32(0).ToArray(), 16, FuseOpen.Read);

    /// <summary>Reads names from an offset on; an empty list is the end.</summary>
    public FuseResult<IReadOnlyList<FuseDirEntry>> ReadDir(ulong node, ulong fh, ulong offset, uint size) =>
        ReadNames(FuseOpcode.ReadDir, node, fh, offset, size);

    /// <summary>Reads names and looks them up: every entry with a nodeid takes one reference, except <c>.</c> and <c>..</c>.</summary>
    public FuseResult<IReadOnlyList<FuseDirEntry>> ReadDirPlus(ulong node, ulong fh, ulong offset, uint size) =>
        ReadNames(FuseOpcode.ReadDirPlus, node, fh, offset, size);

    /// <summary>Flushes a folder to disk.</summary>
    public Errno FsyncDir(ulong node, ulong fh, bool dataOnly = false) => CallForNothing(FuseOpcode.FsyncDir, node, FsyncArguments(fh, dataOnly));

    /// <summary>Gives an open folder up.</summary>
    public Errno ReleaseDir(ulong node, ulong fh) => CallForNothing(FuseOpcode.ReleaseDir, node, ReleaseArguments(fh, 0, 0));

    private FuseResult<IReadOnlyList<FuseDirEntry>> ReadNames(FuseOpcode opcode, ulong node, ulong fh, ulong offset, uint size)
    {
        var reply = Call(opcode, node, ReadArguments(fh, offset, size), (int)size);
        var entries = new List<FuseDirEntry>();
        var reader = new WireReader(reply.Data, opcode.ToString());
        while (!reader.Rest.IsEmpty)
        {
            var entry = opcode == FuseOpcode.ReadDirPlus ? FuseEntry.Read(ref reader) : null;
            var (ino, next, length, type) = (reader.U64(), reader.U64(), (int)reader.U32(), reader.U32());
            entries.Add(new FuseDirEntry(ino, next, type, Encoding.UTF8.GetString(reader.Bytes(length)), entry));
            _ = reader.Bytes(-length & 7);
        }

        return new FuseResult<IReadOnlyList<FuseDirEntry>>(reply.Errno, entries, opcode.ToString());
    }
}
