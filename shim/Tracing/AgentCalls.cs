using System.Diagnostics;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.AgentProto.Ttrpc.Wire;

namespace KataShimNet.Shim.Tracing;

/// <summary>Makes a span of each call to the agent that a call of containerd leads to, and tells the agent of it.</summary>
internal sealed class AgentCalls : ITtrpcObserver
{
    /// <inheritdoc/>
    public ITtrpcObservation? Begin(Request request)
    {
        // Calls that wait for something, or move bytes, begin with a container's start and go on until its end.
        if (!ShimTraces.InCall || request.Method is "WaitProcess" or "ReadStdout" or "ReadStderr" or "WriteStdin" or "GetOOMEvent" or "NextNameQuery")
            return null;
        var span = ShimTraces.Source.StartActivity(CallSpan.NameOf(request), ActivityKind.Client);
        if (span is null)
            return null;
        CallSpan.Describe(span, request);
        TraceContext.Write(request.Metadata, span);
        return new CallSpan(span);
    }
}
