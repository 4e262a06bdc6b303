using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;

namespace KataShimNet.Fuzz.Targets;

/// <summary>Nodes and handles that the server gave, by the small numbers that inputs have for them.</summary>
/// <remarks>
/// Node 1 is the root, then what the prologue looks up: 2 the export "data", 3 the read-only "fixed", 4 file, 5 folder, 6 link, 7 fifo, 8 fixed's
/// file; then what the input's own requests are given. Handle 1 is of file, 2 of folder.
/// </remarks>
internal sealed class KnownIds
{
    private const int Most = 32;

    private readonly List<ulong> _nodes = [];
    private readonly List<ulong> _handles = [];

    /// <summary>Forgets all but the root.</summary>
    public void Clear()
    {
        _nodes.Clear();
        _handles.Clear();
        _nodes.Add(FuseServer.RootId);
    }

    /// <summary>A node by its place, the root's being 0.</summary>
    public ulong Node(int place) => place < _nodes.Count ? _nodes[place] : 0;

    /// <summary>Takes nodes and handles out of an answer.</summary>
    public void Learn(uint opcode, ReadOnlySpan<byte> answer)
    {
        switch ((Opcode)opcode)
        {
            case Opcode.Lookup or Opcode.Mknod or Opcode.Mkdir or Opcode.Symlink or Opcode.Link when answer.Length >= 8:
                Add(_nodes, BinaryPrimitives.ReadUInt64LittleEndian(answer));
                break;
            case Opcode.Create or Opcode.Tmpfile when answer.Length >= EntryOut.Size + 8:
                Add(_nodes, BinaryPrimitives.ReadUInt64LittleEndian(answer));
                Add(_handles, BinaryPrimitives.ReadUInt64LittleEndian(answer[EntryOut.Size..]));
                break;
            case Opcode.Open or Opcode.Opendir when answer.Length >= 8:
                Add(_handles, BinaryPrimitives.ReadUInt64LittleEndian(answer));
                break;
        }
    }

    /// <summary>Makes the length of a request true and puts nodes and handles where small numbers stand for them.</summary>
    public void Translate(Span<byte> request)
    {
        if (request.Length < InHeader.Size)
            return;
        BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
        Replace(request[16..], _nodes);
        var arguments = request[InHeader.Size..];
        switch ((Opcode)BinaryPrimitives.ReadUInt32LittleEndian(request[4..]))
        {
            case Opcode.Rename or Opcode.Rename2 or Opcode.Link:
                Replace(arguments, _nodes);
                break;
            case Opcode.CopyFileRange or Opcode.CopyFileRange64:
                Replace(arguments, _handles);
                ReplaceAt(arguments, 16, _nodes);
                ReplaceAt(arguments, 24, _handles);
                break;
            case Opcode.Setattr or Opcode.Getattr:
                ReplaceAt(arguments, 8, _handles);
                break;
            case Opcode.Read or Opcode.Write or Opcode.Readdir or Opcode.Readdirplus or Opcode.Release or Opcode.Releasedir or Opcode.Flush or Opcode.Fsync
                or Opcode.Fsyncdir or Opcode.Lseek or Opcode.Fallocate or Opcode.Getlk or Opcode.Setlk or Opcode.Setlkw or Opcode.Ioctl:
                Replace(arguments, _handles);
                break;
            case Opcode.BatchForget:
                for (var at = 8; at + 16 <= arguments.Length; at += 16)
                    ReplaceAt(arguments, at, _nodes);
                break;
        }
    }

    private static void Add(List<ulong> known, ulong id)
    {
        if (known.Count < Most && id != 0)
            known.Add(id);
    }

    private static void ReplaceAt(Span<byte> bytes, int at, List<ulong> known)
    {
        if (bytes.Length > at)
            Replace(bytes[at..], known);
    }

    private static void Replace(Span<byte> bytes, List<ulong> known)
    {
        if (bytes.Length < 8)
            return;
        var number = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (number is > 0 and <= Most && (int)number <= known.Count)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, known[(int)number - 1]);
    }
}
