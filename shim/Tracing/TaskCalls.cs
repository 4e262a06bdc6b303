using System.Diagnostics;
using Google.Protobuf;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.AgentProto.Ttrpc.Wire;

namespace KataShimNet.Shim.Tracing;

/// <summary>Makes a span of each call that the shim answers: containerd's, as a rule.</summary>
internal sealed class TaskCalls : ITtrpcObserver
{
    // Field numbers of every request of the Task and the Sandbox service; only Create has something else in the second.
    private const int IdField = 1;
    private const int ExecIdField = 2;

    /// <inheritdoc/>
    public ITtrpcObservation? Begin(Request request)
    {
        // These last as long as what they wait for: a span of three days tells nothing.
        if (request.Method is "Wait" or "WaitSandbox")
            return null;
        var span = ShimTraces.Source.StartActivity(CallSpan.NameOf(request), ActivityKind.Server, TraceContext.Read(request.Metadata));
        if (span is null)
            return null;
        CallSpan.Describe(span, request);
        Identify(span, request);
        return new CallSpan(span);
    }

    private static void Identify(Activity span, Request request)
    {
        try
        {
            using var reader = request.Payload.CreateCodedInput();
            for (uint tag; (tag = reader.ReadTag()) != 0;)
            {
                var field = WireFormat.GetTagFieldNumber(tag);
                if (field > ExecIdField || WireFormat.GetTagWireType(tag) != WireFormat.WireType.LengthDelimited)
                    return;
                var text = CallSpan.Short(reader.ReadString());
                if (field == IdField)
                    span.SetTag("container.id", text);
                else if (request.Method is "State" or "Start" or "Delete" or "Kill" or "Exec" or "ResizePty" or "CloseIO")
                    span.SetTag("katanet.exec.id", text);
            }
        }
        catch (InvalidProtocolBufferException)
        {
            // The handler refuses it, and the span says so.
        }
    }
}
