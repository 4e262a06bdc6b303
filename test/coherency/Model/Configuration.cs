using System;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>One way in which a history can have gone up to now: a state, and how far the calls under way have come.</summary>
internal sealed class Configuration : IEquatable<Configuration>
{
    private readonly Progress[] _progress;
    private int _hash;

    private Configuration(FsState state, Progress[] progress) => (State, _progress) = (state, progress);

    public FsState State { get; }

    /// <summary>The begin of a history.</summary>
    public static Configuration Start(int clients) => new(FsState.Empty(clients), new Progress[clients]);

    /// <summary>How far a client's call has come.</summary>
    public Progress Of(int client) => _progress[client];

    /// <summary>One client goes a step.</summary>
    /// <param name="client">Which.</param>
    /// <param name="progress">How far it is then.</param>
    /// <param name="state">The state then.</param>
    public Configuration With(int client, Progress progress, FsState state)
    {
        var all = (Progress[])_progress.Clone();
        all[client] = progress;
        for (var i = 0; i < all.Length && !ReferenceEquals(state, State); i++)
        {
            if (i != client && all[i] is { Seen: { } seen } listing)
                all[i] = listing with { Seen = seen.With(state[listing.Target]) };
        }

        return new Configuration(state, all);
    }

    /// <summary>A client's call is over, or forgotten: it does nothing now, and nodes that nobody can reach are gone.</summary>
    public Configuration Idle(int client)
    {
        var all = (Progress[])_progress.Clone();
        all[client] = default;
        return new Configuration(State.Without(id => Array.Exists(all, progress => progress.Refers(id))), all);
    }

    /// <summary>Whether another client holds the lock of a node.</summary>
    public bool IsHeld(int id, int except)
    {
        for (var i = 0; i < _progress.Length; i++)
        {
            if (i != except && _progress[i].Held.Has(id))
                return true;
        }

        return false;
    }

    public bool Equals(Configuration? other) => ReferenceEquals(this, other)
        || (other is not null && GetHashCode() == other.GetHashCode() && _progress.AsSpan().SequenceEqual(other._progress) && State.Equals(other.State));

    public override bool Equals(object? obj) => Equals(obj as Configuration);

    public override int GetHashCode()
    {
        if (_hash == 0)
        {
            var hash = new HashCode();
            hash.Add(State);
            foreach (var progress in _progress)
                hash.Add(progress.Phase);
            _hash = hash.ToHashCode() | 1;
        }

        return _hash;
    }
}
