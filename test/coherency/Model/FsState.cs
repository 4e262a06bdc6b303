using System;
using System.Collections.Generic;
using System.Text;
using KataShimNet.CoherencyTests.Histories;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>A local file system at one moment: its nodes, and what the clients have open. Never changed: a change makes another one.</summary>
internal sealed class FsState : IEquatable<FsState>
{
    /// <summary>Open files of a client.</summary>
    public const int Slots = 2;

    // By rising id.
    private readonly Node[] _nodes;
    private readonly OpenFile[] _open;

    private FsState(Node[] nodes, OpenFile[] open) => (_nodes, _open) = (nodes, open);

    /// <summary>An empty folder.</summary>
    public static FsState Empty(int clients) => new([Node.Folder(Node.Root, 0) with { Mode = -1 }], new OpenFile[clients * Slots]);

    /// <summary>All nodes.</summary>
    public ReadOnlySpan<Node> Nodes => _nodes;

    /// <summary>A node that there is.</summary>
    public Node this[int id] => _nodes[Find(id)];

    /// <summary>What a client has open.</summary>
    public OpenFile Open(int client, int slot) => _open[(client * Slots) + slot];

    /// <summary>With a node added, or in the place of the one of its id.</summary>
    public FsState With(Node node)
    {
        var at = Find(node.Id);
        if (at >= 0)
        {
            var same = (Node[])_nodes.Clone();
            same[at] = node;
            return new FsState(same, _open);
        }

        var more = new Node[_nodes.Length + 1];
        _nodes.AsSpan(..~at).CopyTo(more);
        more[~at] = node;
        _nodes.AsSpan(~at).CopyTo(more.AsSpan(~at + 1));
        return new FsState(more, _open);
    }

    /// <summary>With an open file in a slot, or none.</summary>
    public FsState WithOpen(int client, int slot, OpenFile file)
    {
        var open = (OpenFile[])_open.Clone();
        open[(client * Slots) + slot] = file;
        return new FsState(_nodes, open);
    }

    /// <summary>Whether an inode number is taken by a node that exists on the disk, other than one.</summary>
    public bool IsTaken(ulong ino, int except)
    {
        foreach (var node in _nodes)
        {
            if (node.Ino == ino && node.Id != except && (node.Links > 0 || IsOpen(node.Id)))
                return true;
        }

        return false;
    }

    /// <summary>Without the nodes that have no name, are not open and are not needed.</summary>
    public FsState Without(Predicate<int> needed)
    {
        var left = new List<Node>(_nodes.Length);
        foreach (var node in _nodes)
        {
            if (node.Links > 0 || IsOpen(node.Id) || HasName(node.Id) || needed(node.Id))
                left.Add(node);
        }

        return left.Count == _nodes.Length ? this : new FsState([.. left], _open);
    }

    public bool Equals(FsState? other) =>
        ReferenceEquals(this, other) || (other is not null && _nodes.AsSpan().SequenceEqual(other._nodes) && _open.AsSpan().SequenceEqual(other._open));

    public override bool Equals(object? obj) => Equals(obj as FsState);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var node in _nodes)
            hash.Add(node);
        foreach (var open in _open)
            hash.Add(open.Node);
        return hash.ToHashCode();
    }

    /// <summary>The tree, and what is open, a line each.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Describe(text, "", this[Node.Root]);
        for (var i = 0; i < _open.Length; i++)
        {
            if (_open[i].Node != 0)
                text.Append($"    client {i / Slots}, slot {i % Slots}: #{_open[i].Node:x}{(this[_open[i].Node].Links == 0 ? $", without a name: {this[_open[i].Node]}" : "")}\n");
        }

        return text.ToString();
    }

    private void Describe(StringBuilder text, string prefix, Node folder)
    {
        for (var name = 1; name < folder.Entries.Length; name++)
        {
            if (folder.Entries[name] == 0)
                continue;
            var node = this[folder.Entries[name]];
            text.Append($"    {prefix}{NamePath.Letter(name)}: {node}\n");
            if (node.IsFolder)
                Describe(text, $"{prefix}{NamePath.Letter(name)}/", node);
        }
    }

    private bool IsOpen(int id)
    {
        foreach (var open in _open)
        {
            if (open.Node == id)
                return true;
        }

        return false;
    }

    private bool HasName(int id)
    {
        foreach (var node in _nodes)
        {
            if (node.Entries.AsSpan().Contains(id))
                return true;
        }

        return false;
    }

    private int Find(int id)
    {
        int low = 0, high = _nodes.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_nodes[middle].Id < id)
                low = middle + 1;
            else
                high = middle;
        }

        return low < _nodes.Length && _nodes[low].Id == id ? low : ~low;
    }
}
