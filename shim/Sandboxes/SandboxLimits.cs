namespace KataShimNet.Shim.Sandboxes;

/// <summary>How much of the host a sandbox's containers may use together. Zero is no limit.</summary>
/// <param name="CpuQuota">Microseconds of processor time per <paramref name="CpuPeriod"/>; at most 0 for no limit.</param>
/// <param name="CpuPeriod">Length of the period in microseconds.</param>
/// <param name="CpuShares">Weight beside other pods, 2 to 262144.</param>
/// <param name="Memory">Bytes.</param>
internal readonly record struct SandboxLimits(long CpuQuota, ulong CpuPeriod, ulong CpuShares, long Memory)
{
    /// <summary>No limits.</summary>
    public static SandboxLimits None => default;

    /// <summary>Processors that the quota allows, as a fraction; 0 without a limit.</summary>
    public double Processors => CpuQuota > 0 && CpuPeriod > 0 ? (double)CpuQuota / CpuPeriod : 0;
}
