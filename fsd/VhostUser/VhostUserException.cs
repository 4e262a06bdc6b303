using System;

namespace KataShimNet.Fsd.VhostUser;

/// <summary>A message of the front end that cannot be followed.</summary>
internal sealed class VhostUserException : Exception
{
    private VhostUserException(string message, bool fatal, Exception? inner)
        : base(message, inner) => Fatal = fatal;

    /// <summary>Whether the stream can no longer be trusted, so that the connection has to end even where an error could be answered.</summary>
    public bool Fatal { get; }

    /// <summary>The message itself is malformed.</summary>
    /// <param name="message">What is wrong with it.</param>
    public static VhostUserException Malformed(string message) => new(message, fatal: true, null);

    /// <summary>The message is well-formed, but what it asks for is refused.</summary>
    /// <param name="message">Why.</param>
    /// <param name="inner">What failed, if it was a call.</param>
    public static VhostUserException Refused(string message, Exception? inner = null) => new(message, fatal: false, inner);
}
