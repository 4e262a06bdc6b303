using System;
using KataShimNet.Monitor.Serving;

namespace KataShimNet.Monitor;

/// <summary>What the command line says.</summary>
/// <param name="Listen">Where Prometheus asks.</param>
/// <param name="Socket">Path of the gRPC service's socket.</param>
/// <param name="TimeLimit">How long a sandbox may take to answer.</param>
/// <param name="StateDir">Where sandboxes keep their state.</param>
internal sealed record MonitorOptions(ListenAddress Listen, string Socket, TimeSpan TimeLimit, string StateDir)
{
    /// <summary>Where the gRPC service is without an option.</summary>
    public const string DefaultSocket = "/run/katanet/monitor.sock";
}
