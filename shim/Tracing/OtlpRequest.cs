using System;
using System.Collections.Generic;
using System.Diagnostics;
using Google.Protobuf;
using KataShimNet.AgentProto.OpenTelemetry;
using KataShimNet.Shim.Commands;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.Tracing;

/// <summary>Spans as OTLP has them.</summary>
/// <param name="service">Name under which they are filed.</param>
/// <param name="identity">The shim's sandbox.</param>
internal sealed class OtlpRequest(string service, SandboxIdentity identity)
{
    private const uint ParentIsKnown = 0x100;
    private const uint ParentIsRemote = 0x200;

    private readonly Resource _resource = new()
    {
        Attributes =
        {
            Pair("service.name", service),
            Pair("service.version", InfoCommand.Version),
            Pair("host.name", Environment.MachineName),
            Pair("process.pid", (long)Environment.ProcessId),
            Pair("katanet.sandbox.id", identity.Id),
            Pair("katanet.namespace", identity.Namespace),
        },
    };

    /// <summary>Packs ended spans.</summary>
    public ExportTraceServiceRequest Pack(IEnumerable<Activity> spans)
    {
        var scope = new ScopeSpans { Scope = new InstrumentationScope { Name = ShimTraces.SourceName, Version = InfoCommand.Version } };
        foreach (var span in spans)
            scope.Spans.Add(Convert(span));
        return new ExportTraceServiceRequest { ResourceSpans = { new ResourceSpans { Resource = _resource, ScopeSpans = { scope } } } };
    }

    private static Span Convert(Activity activity)
    {
        var span = new Span
        {
            TraceId = Bytes(activity.TraceId.ToHexString()),
            SpanId = Bytes(activity.SpanId.ToHexString()),
            ParentSpanId = activity.ParentSpanId == default ? ByteString.Empty : Bytes(activity.ParentSpanId.ToHexString()),
            TraceState = activity.TraceStateString ?? "",
            Name = activity.DisplayName,
            Kind = activity.Kind switch
            {
                ActivityKind.Server => Span.Types.SpanKind.Server,
                ActivityKind.Client => Span.Types.SpanKind.Client,
                _ => Span.Types.SpanKind.Internal,
            },
            StartTimeUnixNano = Nanoseconds(activity.StartTimeUtc),
            EndTimeUnixNano = Nanoseconds(activity.StartTimeUtc + activity.Duration),
            Flags = (uint)activity.ActivityTraceFlags | ParentIsKnown | (activity.HasRemoteParent ? ParentIsRemote : 0),
        };
        foreach (var (key, value) in activity.TagObjects)
            span.Attributes.Add(Pair(key, value));
        if (activity.Status == ActivityStatusCode.Error)
            span.Status = new SpanStatus { Code = SpanStatus.Types.StatusCode.Error, Message = activity.StatusDescription ?? "" };
        return span;
    }

    private static KeyValue Pair(string key, object? value) => new()
    {
        Key = key,
        Value = value switch
        {
            long number => new AnyValue { IntValue = number },
            bool flag => new AnyValue { BoolValue = flag },
            _ => new AnyValue { StringValue = value?.ToString() ?? "" },
        },
    };

    private static ByteString Bytes(string hex) => UnsafeByteOperations.UnsafeWrap(System.Convert.FromHexString(hex));

    private static ulong Nanoseconds(DateTime utc) => (ulong)(utc - DateTime.UnixEpoch).Ticks * 100;
}
