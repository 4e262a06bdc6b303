using System;
using System.Globalization;
using System.Linq;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>How long a run is, and what it is chosen by.</summary>
/// <param name="Operations">Calls of all clients together, per seed.</param>
/// <param name="Seeds">A run each.</param>
internal sealed record RunSettings(int Operations, ulong[] Seeds)
{
    /// <summary>Calls of a client in a round.</summary>
    public int PerRound { get; init; } = 1000;

    /// <summary>Seeds that run at the same time, on two pods each.</summary>
    public int AtOnce { get; init; } = 1;

    /// <summary>How many rounds make as many operations, or a few more.</summary>
    /// <param name="perRound">Calls of all clients in a round.</param>
    public int Rounds(int perRound) => ((Operations - 1) / perRound) + 1;

    /// <summary>Reads KATANET_COHERENCY_OPERATIONS, of all seeds together, and KATANET_COHERENCY_SEEDS, with commas between them.</summary>
    /// <param name="usual">Operations when nothing is said.</param>
    public static RunSettings FromEnvironment(int usual)
    {
        var seeds = Environment.GetEnvironmentVariable("KATANET_COHERENCY_SEEDS") is { Length: > 0 } text
            ? text.Split(',').Select(seed => ulong.Parse(seed, CultureInfo.InvariantCulture)).ToArray()
            : [(ulong)Random.Shared.Next()];
        var operations = Environment.GetEnvironmentVariable("KATANET_COHERENCY_OPERATIONS") is { Length: > 0 } number
            ? int.Parse(number, CultureInfo.InvariantCulture)
            : usual;
        return new RunSettings(operations / seeds.Length, seeds);
    }
}
