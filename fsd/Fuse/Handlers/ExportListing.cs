using System;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>READDIR and READDIRPLUS of the synthetic root. An export keeps its cookie, so a listing survives changes meanwhile.</summary>
internal static class ExportListing
{
    private const uint DT_DIR = 4;
    private const uint DT_REG = 8;

    /// <summary>Lists what comes after a cookie.</summary>
    public static int Read(Request request, ref DirentWriter writer, long cookie)
    {
        var full = (cookie < 1 && !TryAddSelf(ref writer, 1, "."u8)) || (cookie < 2 && !TryAddSelf(ref writer, 2, ".."u8));
        foreach (var export in request.Server.Exports.Listed)
        {
            if (full)
                break;
            if (export.Cookie > cookie)
                full = !TryAdd(request, ref writer, export);
        }

        return full && writer.Written == 0 ? request.Fail(Errno.EINVAL) : request.DoneInPlace(writer.Written);
    }

    private static bool TryAddSelf(ref DirentWriter writer, ulong cookie, ReadOnlySpan<byte> name)
    {
        if (!writer.HasRoom(name.Length))
            return false;
        var record = new Dirent { Inode = FuseServer.RootId, Offset = cookie, NameLength = (uint)name.Length, Type = DT_DIR };
        writer.Add(default, record, name);
        return true;
    }

    private static bool TryAdd(Request request, ref DirentWriter writer, Export export)
    {
        if (!writer.HasRoom(export.Name.Length))
            return false;
        EntryOut entry = default;
        if (writer.Plus && SyntheticRoot.Enter(request.Server, export, out entry) == Errno.ENOENT)
            return true;
        var record = new Dirent
        {
            // Not the root's own number, which is one more file system away; any but 0 will do.
            Inode = (ulong)export.Cookie,
            Offset = (ulong)export.Cookie,
            NameLength = (uint)export.Name.Length,
            Type = export.IsFile ? DT_REG : DT_DIR,
        };
        writer.Add(entry, record, export.Name);
        return true;
    }
}
