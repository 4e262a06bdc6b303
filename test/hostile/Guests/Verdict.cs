using System;
using KataShimNet.Hostile.Cases;

namespace KataShimNet.Hostile.Guests;

/// <summary>What an attack came to.</summary>
internal enum Verdict
{
    /// <summary>What was expected, and the daemon goes on.</summary>
    Held,
    /// <summary>Refused, but with another error than was expected; for a daemon that is not ours no defect by itself.</summary>
    OtherError,
    /// <summary>Served, where it was to be refused.</summary>
    Accepted,
    /// <summary>Something was done that must not be done, or an answer has a wrong form.</summary>
    WrongEffect,
    /// <summary>Descriptors stay open that nobody holds.</summary>
    Leak,
    /// <summary>The attack or the good request after it was not answered, or the daemon spins.</summary>
    Hang,
    /// <summary>The daemon ended itself where it must go on.</summary>
    Exit,
    /// <summary>The daemon was ended by a signal or a panic, or one of its processes was.</summary>
    Crash,
    /// <summary>Files of the host that are not served were seen or changed.</summary>
    Escape,
}

/// <summary>The outcome of a case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Verdict">What it came to.</param>
/// <param name="Detail">In words.</param>
internal sealed record Outcome(HostileCase Case, Verdict Verdict, string Detail);

/// <summary>An expectation of a case is not met.</summary>
/// <param name="verdict">What it comes to.</param>
/// <param name="message">In words.</param>
internal sealed class AttackException(Verdict verdict, string message) : Exception(message)
{
    /// <summary>What it comes to.</summary>
    public Verdict Verdict { get; } = verdict;
}
