using System;
using System.Threading.Tasks;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.Tasks;

/// <summary>After the connection to the agent broke: why.</summary>
internal static class SandboxLoss
{
    // The connection breaks a moment before the sandbox notices which of its processes has ended.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>The reason of the sandbox's end.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <returns>Null when the sandbox has not ended: only the connection is lost.</returns>
    public static async Task<string?> ReasonAsync(ISandbox sandbox)
    {
        try
        {
            return (await sandbox.Ended.WaitAsync(s_patience).ConfigureAwait(false)).Reason;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
