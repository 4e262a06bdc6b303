using System;

namespace KataShimNet.Fsd.Fuse;

/// <summary>Guesses whether the next LOOKUP of a queue is of an inode that the guest knows, by how the last ones went. Of the queue's thread.</summary>
/// <remarks>
/// A guest that asks again for names whose validity has run out knows nearly all of them: a statx by name is then enough. One that walks
/// a tree for the first time knows none: then that statx is for nothing. One LOOKUP in <see cref="ProbeEvery"/> finds out.
/// </remarks>
internal sealed class LookupGuess
{
    private const int ProbeEvery = 8;
    private const int MostTrust = 4;

    // Above 0: the last ones were known.
    private int _trust;
    private int _turn;

    /// <summary>Whether the next inode is probably known, or whether it is time to look.</summary>
    public bool Next() => _trust > 0 || ++_turn % ProbeEvery == 0;

    /// <summary>Tells how a guess that it is known came out.</summary>
    /// <param name="known">Whether it was.</param>
    public void Learn(bool known) => _trust = known ? Math.Min(_trust + 2, MostTrust) : Math.Max(_trust - 1, 0);
}
