using System;

namespace KataShimNet.TestGuest;

/// <summary>A test guest could not be started, or does not do what it should; the message says what to look at.</summary>
public sealed class GuestException : Exception
{
    /// <summary>Makes one.</summary>
    public GuestException(string message)
        : base(message)
    {
    }
}
