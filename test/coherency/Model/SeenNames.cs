using System;
using System.Linq;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>
/// What each name of a folder was while it was listed. POSIX leaves open whether a listing has a name that comes or goes meanwhile; one
/// that was there all the time must be in it, one that was never there must not.
/// </summary>
internal sealed class SeenNames : IEquatable<SeenNames>
{
    // Name and node id each, sorted.
    private readonly long[] _seen;

    private SeenNames(long[] seen) => _seen = seen;

    /// <summary>Nothing was seen yet.</summary>
    public static SeenNames None { get; } = new([]);

    /// <summary>With what a folder holds now.</summary>
    public SeenNames With(Node folder)
    {
        long[]? more = null;
        for (var name = 1; name < folder.Entries.Length; name++)
        {
            if (!Has(name, folder.Entries[name]))
                more = [.. more ?? _seen, Word(name, folder.Entries[name])];
        }

        if (more is null)
            return this;
        Array.Sort(more);
        return new SeenNames(more);
    }

    /// <summary>Whether a name was a node, or nothing (0), at some time.</summary>
    public bool Has(int name, int id) => _seen.AsSpan().BinarySearch(Word(name, id)) >= 0;

    /// <summary>The nodes that a name was.</summary>
    public int[] Of(int name) => [.. _seen.Where(word => word >> 32 == name && (int)word != 0).Select(word => (int)word)];

    /// <summary>Whether a node is among them.</summary>
    public bool Refers(int id) => _seen.Any(word => (int)word == id);

    public bool Equals(SeenNames? other) => other is not null && _seen.AsSpan().SequenceEqual(other._seen);

    public override bool Equals(object? obj) => Equals(obj as SeenNames);

    public override int GetHashCode() => _seen.Length;

    private static long Word(int name, int id) => ((long)name << 32) | (uint)id;
}
