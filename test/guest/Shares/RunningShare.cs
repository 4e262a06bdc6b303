using System;
using System.Collections.Generic;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Daemons;

namespace KataShimNet.TestGuest.Shares;

/// <summary>A share whose daemon, if it has one, runs.</summary>
public sealed class RunningShare : IDisposable
{
    /// <summary>Name of the device in the guest.</summary>
    public required string Tag { get; init; }

    /// <summary>Where it is mounted in the guest.</summary>
    public required string MountPoint { get; init; }

    /// <summary>The daemon; null for 9p, which QEMU serves itself.</summary>
    public Daemon? Daemon { get; init; }

    /// <summary>Command that mounts it in the guest; empty when it is not to be mounted.</summary>
    public required string Mount { get; init; }

    /// <summary>Words of QEMU's command line.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The control channel of an <see cref="ExportShare"/>; null for every other one.</summary>
    public ControlClient? Control { get; init; }

    /// <summary>Descriptors for QEMU, by their number there; closed here when it has started.</summary>
    internal IReadOnlyDictionary<int, OwnedFd> QemuFds { get; init; } = new Dictionary<int, OwnedFd>();

    /// <summary>Removes the daemon's socket; null when there is none.</summary>
    public Action? Cleanup { get; init; }

    /// <summary>Ends the daemon when it has not ended by itself.</summary>
    public void Dispose()
    {
        Control?.Dispose();
        Daemon?.Dispose();
        Cleanup?.Invoke();
    }
}
