namespace KataShimNet.RuntimeConfig.Options;

/// <summary>Protocols a shim can speak.</summary>
public enum ShimProtocol
{
    /// <summary>ttRPC: every containerd.</summary>
    Ttrpc,
    /// <summary>gRPC: containerd 1.7 only.</summary>
    Grpc,
}
