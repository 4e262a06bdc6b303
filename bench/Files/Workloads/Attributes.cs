using System;
using System.Globalization;
using System.Text;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Load;

namespace KataShimNet.Bench.Files.Workloads;

/// <summary>GETATTR of one file of a folder after the other, with a LOOKUP of its name before it or without.</summary>
internal sealed unsafe class Attributes : Workload
{
    /// <summary>Bytes of a name and its NUL.</summary>
    public const int NameSize = 8;

    private readonly bool _lookup;
    private readonly ulong _folder;
    private readonly ulong[] _nodes;
    // The names, NUL-terminated, at NameSize each.
    private readonly byte[] _names;
    private int _next;

    /// <param name="client">Looks the files up.</param>
    /// <param name="folder">Name of the folder, in the root, with files by <see cref="NameOf"/>.</param>
    /// <param name="count">Files there.</param>
    /// <param name="lookup">Whether each is looked up first.</param>
    public Attributes(FuseClient client, string folder, int count, bool lookup)
    {
        _lookup = lookup;
        _folder = client.Lookup(1, folder).Value.NodeId;
        _nodes = new ulong[count];
        _names = new byte[count * NameSize];
        for (int i = 0; i < count; i++)
        {
            _nodes[i] = client.Lookup(_folder, NameOf(i)).Value.NodeId;
            Encoding.ASCII.GetBytes(NameOf(i), _names.AsSpan(i * NameSize));
        }
    }

    /// <summary>Name of a file: 7 characters.</summary>
    public static string NameOf(int index) => index.ToString("'f'000000", CultureInfo.InvariantCulture);

    public override void Begin(LoadSlot slot)
    {
        int file = _next++ % _nodes.Length;
        slot.Step = 0;
        if (!_lookup)
        {
            Get(slot, _nodes[file]);
            return;
        }
        slot.Prepare(FuseOpcode.Lookup, _folder, NameSize, 128);
        _names.AsSpan(file * NameSize, NameSize).CopyTo(new Span<byte>(slot.Arguments, NameSize));
    }

    public override bool Advance(LoadSlot slot)
    {
        Check(slot);
        if (!_lookup || slot.Step++ == 1)
            return true;
        Get(slot, *(ulong*)slot.Answer);
        return false;
    }

    private static void Get(LoadSlot slot, ulong node)
    {
        slot.Prepare(FuseOpcode.GetAttr, node, 16, 104);
        var arguments = (ulong*)slot.Arguments;
        arguments[0] = arguments[1] = 0;
    }
}
