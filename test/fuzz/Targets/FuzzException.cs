using System;

namespace KataShimNet.Fuzz.Targets;

/// <summary>The daemon did what it must not do: a finding.</summary>
internal sealed class FuzzException : Exception
{
    /// <summary>Says what it did.</summary>
    public FuzzException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
