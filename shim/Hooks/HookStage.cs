using System.Collections.Generic;
using KataShimNet.AgentProto.Kata.Oci;

namespace KataShimNet.Shim.Hooks;

/// <summary>When hooks are run on the host, with the container's status of that moment (OCI runtime specification, config.md and runtime.md).</summary>
/// <param name="Name">Key in <c>hooks</c>.</param>
/// <param name="Status">Status of the container as the hooks are told.</param>
internal sealed record HookStage(string Name, string Status)
{
    /// <summary>Before the container is created; the old name of <see cref="CreateRuntime"/>, and run before it.</summary>
    public static HookStage Prestart { get; } = new("prestart", "creating");

    /// <summary>Before the container is created: its network namespace is there.</summary>
    public static HookStage CreateRuntime { get; } = new("createRuntime", "creating");

    /// <summary>After the container was started.</summary>
    public static HookStage Poststart { get; } = new("poststart", "running");

    /// <summary>After the container was deleted.</summary>
    public static HookStage Poststop { get; } = new("poststop", "stopped");

    /// <summary>The hooks of this stage.</summary>
    public IReadOnlyList<Hook> Of(AgentProto.Kata.Oci.Hooks hooks) => Name switch
    {
        "prestart" => hooks.Prestart,
        "createRuntime" => hooks.CreateRuntime,
        "poststart" => hooks.Poststart,
        _ => hooks.Poststop,
    };
}
