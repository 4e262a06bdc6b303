namespace KataShimNet.RuntimeConfig.Options;

/// <summary>Traces of what containerd asks for, sent to a collector.</summary>
public sealed record TracingOptions
{
    /// <summary>
    /// Key <c>endpoint</c>: <c>https://HOST:PORT</c>, <c>http://HOST:PORT</c> or <c>unix:///PATH</c> of a collector; empty takes OpenTelemetry's
    /// variables of the environment.
    /// </summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Key <c>ca_file</c>: PEM file of whom to trust with https, absolute; empty trusts whom the host trusts.</summary>
    public string CaFile { get; init; } = "";

    /// <summary>Key <c>client_certificate</c>: PEM file by which the shim shows who it is, absolute; empty for none.</summary>
    public string ClientCertificate { get; init; } = "";

    /// <summary>Key <c>client_key</c>: PEM file of that certificate's key, absolute; empty when it is in the same file.</summary>
    public string ClientKey { get; init; } = "";

    /// <summary>Key <c>headers_file</c>: file with a <c>NAME: VALUE</c> a line that is sent with each request, absolute; empty for none. A file, for it is a secret.</summary>
    public string HeadersFile { get; init; } = "";

    /// <summary>Key <c>sample_percent</c>: which part of the traces that begin here is sent, 0 to 100.</summary>
    public int SamplePercent { get; init; } = 100;

    /// <summary>Key <c>service_name</c>: the name under which they are filed.</summary>
    public string ServiceName { get; init; } = "katanet-shim";
}
