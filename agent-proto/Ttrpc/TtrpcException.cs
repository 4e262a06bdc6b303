using System;

namespace KataShimNet.AgentProto.Ttrpc;

/// <summary>An answer other than success: thrown by a handler to give it, thrown by the client when it came.</summary>
public sealed class TtrpcException : Exception
{
    /// <summary>Makes an answer.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">For people: what failed, on what, and what to do about it.</param>
    /// <param name="inner">What led to it, or null.</param>
    public TtrpcException(StatusCode code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>The code.</summary>
    public StatusCode Code { get; }
}
