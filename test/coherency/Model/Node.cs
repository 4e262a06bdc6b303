using System;
using System.Linq;
using KataShimNet.CoherencyTests.Histories;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>A file or a folder of the model. Never changed: a change makes another one.</summary>
/// <param name="Id">Named by the call that made it, so that states which differ only in order are the same.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
internal sealed record Node(int Id, bool IsFolder)
{
    /// <summary>The folder of the run.</summary>
    public const int Root = 1;

    public int Mode { get; init; }

    public int Links { get; init; } = 1;

    /// <summary>Number of the inode; 0 until a stat or a listing said it.</summary>
    public ulong Ino { get; init; }

    public Moment Mtime { get; init; }

    public Moment Ctime { get; init; }

    /// <summary>Content of a file in units of 8 bytes.</summary>
    public ulong[] Units { get; init; } = [];

    /// <summary>What a folder holds, by number of the name; 0 for nothing.</summary>
    public int[] Entries { get; init; } = [];

    /// <summary>The folder in which a folder is.</summary>
    public int Parent { get; init; }

    /// <summary>Whether a folder was removed.</summary>
    public bool IsRemoved => Links == 0;

    /// <summary>Whether a folder holds nothing.</summary>
    public bool IsEmpty => !Entries.AsSpan().ContainsAnyExcept(0);

    /// <summary>An empty folder with two links.</summary>
    public static Node Folder(int id, int parent) => new(id, true) { Parent = parent, Links = 2, Entries = new int[NamePath.Names + 1] };

    /// <summary>A change of its content or its entries begins.</summary>
    public Node StartChange() => this with { Mtime = Mtime.Start(), Ctime = Ctime.Start() };

    /// <summary>A change of its content or its entries is made.</summary>
    public Node FinishChange(bool distinct) => this with { Mtime = Mtime.Finish(distinct), Ctime = Ctime.Finish(distinct) };

    /// <summary>With another entry under a name.</summary>
    public Node WithEntry(int name, int id)
    {
        var entries = (int[])Entries.Clone();
        entries[name] = id;
        return this with { Entries = entries };
    }

    /// <summary>With another size; what is new is zero.</summary>
    public Node WithSize(int units)
    {
        var content = Units;
        Array.Resize(ref content, units);
        return this with { Units = content };
    }

    /// <summary>With units written from a place on.</summary>
    public Node WithUnits(int at, ReadOnlySpan<ulong> written)
    {
        var content = new ulong[Math.Max(Units.Length, at + written.Length)];
        Units.CopyTo(content, 0);
        written.CopyTo(content.AsSpan(at));
        return this with { Units = content };
    }

    public bool Equals(Node? other) => ReferenceEquals(this, other) || (other is not null && Id == other.Id && Mode == other.Mode
        && Links == other.Links && Ino == other.Ino && Mtime == other.Mtime && Ctime == other.Ctime && Parent == other.Parent
        && Units.AsSpan().SequenceEqual(other.Units) && Entries.AsSpan().SequenceEqual(other.Entries));

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Id);
        hash.Add(Mode);
        hash.Add(Links);
        hash.Add(Mtime);
        hash.Add(Ctime);
        hash.Add(Units.Length == 0 ? 0 : Units[^1]);
        hash.Add(Units.Length);
        foreach (var entry in Entries)
            hash.Add(entry);
        return hash.ToHashCode();
    }

    public override string ToString() => IsFolder
        ? $"folder #{Id:x} ino {Ino} mode {Convert.ToString(Mode, 8)} links {Links} mtime {Mtime} ctime {Ctime}"
        : $"file #{Id:x} ino {Ino} mode {Convert.ToString(Mode, 8)} links {Links} mtime {Mtime} ctime {Ctime} "
            + $"units [{string.Join(' ', Units.Take(16).Select(HistoryText.Unit))}{(Units.Length > 16 ? $" ... {Units.Length}" : "")}]";
}
