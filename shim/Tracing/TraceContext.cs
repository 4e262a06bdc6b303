using System;
using System.Collections.Generic;
using System.Diagnostics;
using KataShimNet.AgentProto.Ttrpc.Wire;

namespace KataShimNet.Shim.Tracing;

/// <summary>The trace that a call belongs to, in its metadata (W3C Trace Context).</summary>
internal static class TraceContext
{
    /// <summary>Key of trace and parent, lower case as containerd's OpenTelemetry writes it.</summary>
    public const string ParentKey = "traceparent";

    /// <summary>Key of what vendors add.</summary>
    public const string StateKey = "tracestate";

    // version-trace-parent-flags: 2, 32, 16 and 2 digits.
    private const int ParentLength = 55;

    // The most that everybody has to pass on.
    private const int LongestState = 512;

    /// <summary>Reads it; the default value when there is none, several, or one that makes no sense: the call is the first of its trace then.</summary>
    /// <param name="metadata">What the caller sent, whoever that is.</param>
    public static ActivityContext Read(IReadOnlyList<KeyValue> metadata)
    {
        string? parent = null, state = null;
        foreach (var pair in metadata)
        {
            if (pair.Key == ParentKey)
            {
                if (parent is not null)
                    return default;
                parent = pair.Value;
            }
            else if (pair.Key == StateKey)
            {
                state = state is null ? pair.Value : $"{state},{pair.Value}";
            }
        }

        if (parent is null || !HasForm(parent))
            return default;
        return ActivityContext.TryParse(parent[..ParentLength], state is { Length: <= LongestState } ? state : null, isRemote: true, out var context)
            ? context
            : default;
    }

    /// <summary>Adds a span as the parent of what the one called does.</summary>
    /// <param name="metadata">Of the request.</param>
    /// <param name="span">The span.</param>
    public static void Write(ICollection<KeyValue> metadata, Activity span)
    {
        metadata.Add(new KeyValue { Key = ParentKey, Value = span.Id });
        if (span.TraceStateString is { Length: > 0 } state)
            metadata.Add(new KeyValue { Key = StateKey, Value = state });
    }

    // Of later versions more may follow; those after 00 say so by their dash. The digits are looked at by the parser.
    private static bool HasForm(string text) =>
        text.Length >= ParentLength && text[2] == '-' && text[35] == '-' && text[52] == '-'
        && !text.StartsWith("ff", StringComparison.Ordinal)
        && (text.Length == ParentLength || (text[ParentLength] == '-' && !text.StartsWith("00", StringComparison.Ordinal)));
}
