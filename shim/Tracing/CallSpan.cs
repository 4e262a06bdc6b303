using System.Diagnostics;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.AgentProto.Ttrpc.Wire;

namespace KataShimNet.Shim.Tracing;

/// <summary>The span of one ttRPC call, named and described by OpenTelemetry's conventions for RPC.</summary>
/// <param name="span">The span; ended with the call.</param>
internal sealed class CallSpan(Activity span) : ITtrpcObservation
{
    // Names and ids come from whoever has the socket.
    private const int LongestText = 256;

    /// <summary>Name of a call's span: service and method.</summary>
    public static string NameOf(Request request) => Short($"{request.Service}/{request.Method}");

    /// <summary>Says which call it is.</summary>
    public static void Describe(Activity span, Request request) => span
        .SetTag("rpc.system", "ttrpc")
        .SetTag("rpc.service", Short(request.Service))
        .SetTag("rpc.method", Short(request.Method));

    /// <summary>A text, cut where it is longer than any name of ours.</summary>
    public static string Short(string text) => text.Length <= LongestText ? text : text[..LongestText];

    /// <inheritdoc/>
    public void End(StatusCode code, string message)
    {
        span.SetTag("rpc.ttrpc.status_code", (long)code);
        // As the conventions have it: for the one who answers, a caller's mistake is no error of its own.
        if (span.Kind == ActivityKind.Client ? code != StatusCode.Ok : IsOurs(code))
            span.SetStatus(ActivityStatusCode.Error, Short(message));
        span.Dispose();
    }

    private static bool IsOurs(StatusCode code) =>
        code is StatusCode.Unknown or StatusCode.DeadlineExceeded or StatusCode.Unimplemented or StatusCode.Internal or StatusCode.Unavailable;
}
