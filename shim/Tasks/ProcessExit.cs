using System;

namespace KataShimNet.Shim.Tasks;

/// <summary>How a process ended.</summary>
/// <param name="Status">Exit status as a shell gives it, 0 to 255.</param>
/// <param name="At">When, UTC.</param>
internal sealed record ProcessExit(uint Status, DateTime At)
{
    /// <summary>Status of a process that SIGKILL ended, or that went down with its sandbox.</summary>
    public const uint Killed = 137;

    /// <summary>An end that happens now.</summary>
    /// <param name="status">Exit status.</param>
    public static ProcessExit Now(uint status) => new(status, DateTime.UtcNow);
}
