using System;
using System.Collections.Generic;
using System.Linq;

namespace KataShimNet.Hostile.Cases;

/// <summary>Every case of the suite.</summary>
internal static class AllCases
{
    /// <summary>In the order in which they run; those of a daemon of its own come last.</summary>
    public static IReadOnlyList<HostileCase> List { get; } =
    [
        .. WithoutLocks(RequestFormCases.All()),
        .. WithoutLocks(NodeCases.All()),
        .. NameCases.All(),
        .. NumberCases.All(),
        .. WithoutLocks(KindCases.All()),
        .. WithoutLocks(SessionCases.All()),
        .. ChainCases.All(),
        .. RingCases.All(),
        .. FlipCases.All(),
        .. SwapCases.All(),
        .. LockCases.All(),
        .. ExtensionCases.All(),
        .. LimitCases.All(),
        .. PackedCases.All(),
        .. FrontEndCases.All(),
    ];

    // virtiofsd leaves locks to the guest's kernel unless it is told otherwise.
    private static IEnumerable<HostileCase> WithoutLocks(IEnumerable<HostileCase> cases) =>
        cases.Select(c => c.Name.Contains("etLk", StringComparison.Ordinal) ? c with { OursOnly = true } : c);
}
