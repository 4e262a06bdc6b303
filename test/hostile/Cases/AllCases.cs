using System.Collections.Generic;

namespace KataShimNet.Hostile.Cases;

/// <summary>Every case of the suite.</summary>
internal static class AllCases
{
    /// <summary>In the order in which they run; those of a daemon of its own come last.</summary>
    public static IReadOnlyList<HostileCase> List { get; } =
    [
        .. RequestFormCases.All(),
        .. NodeCases.All(),
        .. NameCases.All(),
        .. NumberCases.All(),
        .. KindCases.All(),
        .. SessionCases.All(),
        .. ChainCases.All(),
        .. RingCases.All(),
        .. FlipCases.All(),
        .. SwapCases.All(),
        .. FrontEndCases.All(),
    ];
}
