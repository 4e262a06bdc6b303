using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.CoherencyTests.Checking;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>What a run found, over all its rounds.</summary>
internal sealed class Tally
{
    private const int Shown = 3;

    private readonly Dictionary<string, (int Count, string First)> _kinds = [];

    /// <summary>Calls that were checked.</summary>
    public int Checked { get; private set; }

    /// <summary>Calls that nothing explains.</summary>
    public int Violations { get; private set; }

    /// <summary>The most configurations there were at a time.</summary>
    public int Widest { get; private set; }

    /// <summary>Calls that ended with ESTALE: a few renames of folders may (README.md).</summary>
    public int Stale { get; private set; }

    /// <summary>How often a machine stood still.</summary>
    public int Disturbances { get; private set; }

    /// <summary>How long the clients worked.</summary>
    public TimeSpan Spent { get; private set; }

    /// <summary>What guests believed.</summary>
    public LeaseUse Use { get; private set; }

    /// <summary>Takes what is known at the end of a seed's rounds.</summary>
    public void Add(LeaseUse use, int disturbances, TimeSpan spent)
    {
        lock (_kinds)
        {
            Use += use;
            Disturbances += disturbances;
            // Seeds may run at the same time.
            Spent = spent;
        }
    }

    /// <summary>Takes what was said of a round.</summary>
    public void Add(ulong seed, int round, Verdict verdict, int stale, LeaseUse use)
    {
        lock (_kinds)
            AddLocked(seed, round, verdict, stale, use);
    }

    private void AddLocked(ulong seed, int round, Verdict verdict, int stale, LeaseUse use)
    {
        Use += use;
        Stale += stale;
        Checked += verdict.Checked;
        Violations += verdict.Violations.Count;
        Widest = int.Max(Widest, verdict.Widest);
        foreach (var violation in verdict.Violations)
        {
            var (count, first) = _kinds.GetValueOrDefault(violation.Kind, (0, $"seed {seed}, round {round}: {violation}"));
            _kinds[violation.Kind] = (count + 1, first);
        }
    }

    public override string ToString() =>
        $"{Checked} operations checked, {Violations} violations, {Stale} times ESTALE, {Disturbances} disturbances, at most {Widest} configurations, {Spent.TotalSeconds:F0} s\n{Use}\n"
        + string.Concat(_kinds.OrderByDescending(kind => kind.Value.Count).Select(kind => $"  {kind.Value.Count} x {kind.Key}\n"))
        + string.Concat(_kinds.OrderByDescending(kind => kind.Value.Count).Take(Shown).Select(kind => $"\n{kind.Value.First}"));
}
