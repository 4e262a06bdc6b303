namespace KataShimNet.RuntimeConfig.Options;

/// <summary>Traces of what containerd asks for, sent to a collector.</summary>
public sealed record TracingOptions
{
    /// <summary>Key <c>endpoint</c>: <c>http://HOST:PORT</c> or <c>unix:///PATH</c> of a collector; empty takes OpenTelemetry's variables of the environment.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Key <c>sample_percent</c>: which part of the traces that begin here is sent, 0 to 100.</summary>
    public int SamplePercent { get; init; } = 100;

    /// <summary>Key <c>service_name</c>: the name under which they are filed.</summary>
    public string ServiceName { get; init; } = "katanet-shim";
}
