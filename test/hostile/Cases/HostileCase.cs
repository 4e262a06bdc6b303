using System;
using KataShimNet.Hostile.Guests;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.Hostile.Cases;

/// <summary>One attack and what is expected of a daemon: it throws what is not met.</summary>
/// <param name="Group">Kind of the attack.</param>
/// <param name="Name">The attack in words; unique in its group.</param>
/// <param name="Attack">Attacks and checks.</param>
/// <remarks>
/// After every case the daemon's processes are the same, good requests are served on both queues, the files are as they were, outside of the
/// share too, and a new session has no more descriptors open than the one before.
/// </remarks>
internal sealed record HostileCase(string Group, string Name, Action<Guest> Attack)
{
    /// <summary>Whether the files in the share may change.</summary>
    public bool Changes { get; init; }

    /// <summary>Whether the daemon may end, in order; such a case has a daemon of its own.</summary>
    public bool MayEnd { get; init; }

    /// <summary>Whether nothing can be asked afterwards, because the connection has ended.</summary>
    public bool EndsConnection { get; init; }

    /// <summary>Options of a daemon of its own.</summary>
    public FrontEndOptions? Options { get; init; }

    /// <summary>Options of a katanet-fsd of its own that serves one folder instead of exports.</summary>
    public string[] Alone { get; init; } = [];

    /// <summary>Whether no other case runs on its daemon.</summary>
    public bool NeedsOwnDaemon => Options is not null || Alone.Length > 0 || MayEnd;

    /// <summary>Whether it makes sense for katanet-fsd alone.</summary>
    public bool OursOnly { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Group}: {Name}";
}
