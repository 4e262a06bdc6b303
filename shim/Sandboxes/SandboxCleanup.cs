using System;
using System.Threading.Tasks;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>Removes what a sandbox left behind whose shim is gone: the work of <c>delete</c>.</summary>
internal static class SandboxCleanup
{
    /// <summary>
    /// Kills the processes that the sandbox's state file names and removes its folder. May be called any number of times, for a sandbox
    /// that never was, beside another clean-up, and beside a shim that is just stopping.
    /// </summary>
    /// <param name="identity">Which sandbox.</param>
    /// <param name="options">Settings; only the state folder is used.</param>
    /// <param name="shimGrace">How long a shim that still lives may take to finish by itself before it is killed too.</param>
    public static Task RunAsync(SandboxIdentity identity, RuntimeOptions options, TimeSpan shimGrace) => throw new NotImplementedException();
}
