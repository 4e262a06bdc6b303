using System.Collections.Generic;
using System.Threading.Tasks;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Exec;

/// <summary>Where a command is to run.</summary>
internal interface IExecPlace
{
    /// <summary>Full name of the shim's service for it.</summary>
    string Service { get; }

    /// <summary>Id of the container; empty where there is none.</summary>
    string ContainerId { get; }

    /// <summary>The shell that is there.</summary>
    string Shell { get; }

    /// <summary>What is to run there, as JSON.</summary>
    /// <param name="shim">The sandbox's server.</param>
    /// <param name="command">The command.</param>
    /// <param name="terminal">Whether it gets a terminal.</param>
    /// <exception cref="CliException">It cannot be found out.</exception>
    Task<byte[]> SpecAsync(ShimConnection shim, IReadOnlyList<string> command, bool terminal);
}
