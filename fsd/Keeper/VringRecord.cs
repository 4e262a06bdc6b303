using System;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Keeper;

/// <summary>What the front end has said of one ring: all that a worker needs to serve it.</summary>
internal sealed class VringRecord : IDisposable
{
    /// <summary>Entries.</summary>
    public ushort Size { get; set; }

    /// <summary>Descriptor table, an address of the front end.</summary>
    public ulong Descriptors { get; set; }

    /// <summary>Available ring, an address of the front end.</summary>
    public ulong Available { get; set; }

    /// <summary>Used ring, an address of the front end.</summary>
    public ulong Used { get; set; }

    /// <summary>Where it goes on, as long as it does not run.</summary>
    public uint Base { get; set; }

    /// <summary>Whether it is on.</summary>
    public bool Enabled { get; set; }

    /// <summary>Whether it runs.</summary>
    public bool Started { get; set; }

    /// <summary>Whether it begins with what its in-flight records say, for they come from an earlier back end.</summary>
    public bool Resumes { get; set; }

    /// <summary>Wakes the ring.</summary>
    public OwnedFd? Kick { get; private set; }

    /// <summary>Interrupts the guest.</summary>
    public OwnedFd? Call { get; private set; }

    /// <summary>Reports that the ring is broken.</summary>
    public OwnedFd? Error { get; private set; }

    /// <summary>Replaces the kick descriptor.</summary>
    /// <param name="fd">Owned by the record from here on.</param>
    public void SetKick(OwnedFd? fd)
    {
        Kick?.Dispose();
        Kick = fd;
    }

    /// <summary>Replaces the call descriptor.</summary>
    /// <param name="fd">Owned by the record from here on.</param>
    public void SetCall(OwnedFd? fd)
    {
        Call?.Dispose();
        Call = fd;
    }

    /// <summary>Replaces the error descriptor.</summary>
    /// <param name="fd">Owned by the record from here on.</param>
    public void SetError(OwnedFd? fd)
    {
        Error?.Dispose();
        Error = fd;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        SetKick(null);
        SetCall(null);
        SetError(null);
    }
}
