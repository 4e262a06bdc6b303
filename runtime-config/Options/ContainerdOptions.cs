namespace KataShimNet.RuntimeConfig.Options;

/// <summary>The side that faces containerd.</summary>
public sealed record ContainerdOptions
{
    /// <summary>Key <c>protocol</c>.</summary>
    public ShimProtocol Protocol { get; init; } = ShimProtocol.Ttrpc;
}
