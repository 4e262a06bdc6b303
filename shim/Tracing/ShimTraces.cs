using System.Diagnostics;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Shim.Commands;

namespace KataShimNet.Shim.Tracing;

/// <summary>
/// The shim's spans. Without a <see cref="SpanRecorder"/> nobody listens, and there are none; .NET's tracing is not even touched then, which would
/// cost each shim some 100 KB.
/// </summary>
internal static class ShimTraces
{
    /// <summary>Name of the source of all spans.</summary>
    public const string SourceName = "katanet.shim";

    private static volatile bool s_isOn;

    /// <summary>Whether somebody listens.</summary>
    public static bool IsOn
    {
        get => s_isOn;
        set => s_isOn = value;
    }

    /// <summary>Where all spans come from.</summary>
    public static ActivitySource Source => Made.Source;

    /// <summary>Makes spans of the calls that the shim answers; null when nobody listens.</summary>
    public static ITtrpcObserver? OfTasks => IsOn ? Made.TaskCalls : null;

    /// <summary>Makes spans of the calls to the agent; null when nobody listens.</summary>
    public static ITtrpcObserver? OfAgent => IsOn ? Made.AgentCalls : null;

    /// <summary>
    /// Whether a call of containerd is under way here. What began with one and goes on after it, such as the pumps of a container's output, still
    /// has its span about, which has ended.
    /// </summary>
    public static bool InCall => IsOn && Activity.Current is { IsStopped: false };

    /// <summary>Begins the span of a stage of a call; null when none is under way, or nobody listens.</summary>
    /// <param name="name">Name of the stage.</param>
    public static Activity? Stage(string name) => InCall ? Source.StartActivity(name) : null;

    /// <summary>What goes on from here is no part of the call that began it.</summary>
    public static void LeaveCall()
    {
        if (IsOn)
            Activity.Current = null;
    }

    // Made at the first use.
    private static class Made
    {
        public static readonly ActivitySource Source = new(SourceName, InfoCommand.Version);
        public static readonly TaskCalls TaskCalls = new();
        public static readonly AgentCalls AgentCalls = new();
    }
}
