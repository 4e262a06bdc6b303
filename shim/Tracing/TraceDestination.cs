using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Tracing;

/// <summary>Where spans are sent: a collector's OTLP/HTTP receiver.</summary>
/// <param name="Host">Its name or address; for a socket, what the request calls it.</param>
/// <param name="Port">Its port.</param>
/// <param name="Socket">Path of its unix socket; null for TCP.</param>
/// <param name="Path">Path of the request.</param>
internal sealed record TraceDestination(string Host, int Port, string? Socket, string Path)
{
    private const string TracesPath = "/v1/traces";

    /// <summary>The one of the settings; without, that of OpenTelemetry's variables; null when neither says one that we can use.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="environment">Reads a variable: containerd's, which its own traces go by.</param>
    /// <param name="problem">Why that of the environment is of no use; null when there is none or it is.</param>
    public static TraceDestination? Find(TracingOptions options, Func<string, string?> environment, out string? problem)
    {
        problem = null;
        if (options.Endpoint.Length > 0)
            return TryParse(options.Endpoint, whole: false, out var chosen) ? chosen : null;
        if (string.Equals(environment("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase))
            return null;
        var whole = environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") is { Length: > 0 };
        var url = environment(whole ? "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" : "OTEL_EXPORTER_OTLP_ENDPOINT");
        if (string.IsNullOrEmpty(url))
            return null;
        var protocol = environment("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") ?? environment("OTEL_EXPORTER_OTLP_PROTOCOL");
        if (protocol is { Length: > 0 } and not "http/protobuf")
            problem = $"the environment asks for OTLP by {protocol}: only http/protobuf is spoken here";
        else if (TryParse(url, whole, out var found))
            return found;
        else
            problem = $"{url} is of no use here: http://HOST:PORT and unix:///PATH are";
        return null;
    }

    // A variable for traces alone holds the whole URL; another one, and the setting, only where /v1/traces is.
    private static bool TryParse(string url, bool whole, [NotNullWhen(true)] out TraceDestination? destination)
    {
        destination = null;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
            return false;
        if (uri is { Scheme: "unix", Host: "" } && uri.LocalPath.Length > 1)
            destination = new TraceDestination("localhost", 0, uri.LocalPath, TracesPath);
        else if (uri is { Scheme: "http", Host.Length: > 0 })
            destination = new TraceDestination(uri.IdnHost, uri.Port, null, whole ? uri.PathAndQuery : uri.AbsolutePath.TrimEnd('/') + TracesPath);
        return destination is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Socket ?? string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}{Path}");
}
