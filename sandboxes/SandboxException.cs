using System;

namespace KataShimNet.Sandboxes;

/// <summary>What went wrong with a sandbox.</summary>
public enum SandboxProblem
{
    /// <summary>There is none of that id.</summary>
    NotFound,

    /// <summary>Several ids begin so.</summary>
    Ambiguous,

    /// <summary>Its server does not answer.</summary>
    Unreachable,
}

/// <summary>A sandbox that cannot be found or reached, in words for a user.</summary>
/// <param name="problem">What went wrong.</param>
/// <param name="message">The words.</param>
/// <param name="inner">Its cause.</param>
public sealed class SandboxException(SandboxProblem problem, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What went wrong.</summary>
    public SandboxProblem Problem => problem;
}
