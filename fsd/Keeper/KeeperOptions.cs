using KataShimNet.Fsd.Coherency.Guard;
using KataShimNet.Fsd.Confinement;
using KataShimNet.Fsd.Exports;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Keeper;

/// <summary>How the daemon was asked to run, checked.</summary>
internal sealed record KeeperOptions
{
    /// <summary>Descriptor of the vhost-user socket, connected or listening, or null when <see cref="SocketPath"/> is given.</summary>
    public int? Fd { get; init; }

    /// <summary>Descriptor of the connected control socket, or null when one directory is served.</summary>
    public int? ControlFd { get; init; }

    /// <summary>Descriptor of the connected socket by which the guest can be asked, or null.</summary>
    public int? GuestFd { get; init; }

    /// <summary>Path of the vhost-user socket to listen on, or null.</summary>
    public string? SocketPath { get; init; }

    /// <summary>Whether the next front end is waited for when one is gone. Needs a socket that listens.</summary>
    public bool KeepListening { get; init; }

    /// <summary>Name or number of the group that the socket of <see cref="SocketPath"/> is open for, or null.</summary>
    public string? SocketGroup { get; init; }

    /// <summary>Whether the log goes to the system's.</summary>
    public bool Syslog { get; init; }

    /// <summary>Most open descriptors of each process: 0 leaves the limit as it is, null raises it as far as it goes.</summary>
    public ulong? DescriptorLimit { get; init; }

    /// <summary>The directory to serve, or null when exports are.</summary>
    public string? SharedDirectory { get; init; }

    /// <summary>Directory of the node's table, or null: then guests keep nothing of what others may change.</summary>
    public string? CoherencyDirectory { get; init; }

    /// <summary>Whether processes of the host that cut a mapped file are waited with: where the kernel can, unless it is not wanted.</summary>
    public GuardUse Guard { get; init; }

    /// <summary>What holds for the whole device; the worker gets it.</summary>
    public ServingOptions Serving { get; init; } = ServingOptions.ForExports;

    /// <summary>What is taken from the worker.</summary>
    public WorkerSandbox Sandbox { get; init; } = WorkerSandbox.Default;

    /// <summary>Tag of the configuration space, or null when the front end has that space itself.</summary>
    public string? Tag { get; init; }

    /// <summary>Request queues of the configuration space.</summary>
    public uint RequestQueues { get; init; } = 1;

    /// <summary>Least level of the log.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>Name of the sandbox in the log, or an empty string.</summary>
    public string Id { get; init; } = "";
}
