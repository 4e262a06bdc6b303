using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KataShimNet.Cli.Sandboxes;

/// <summary>A process as the shim notes it in <c>state.json</c>.</summary>
/// <param name="Name">shim, fsd, qemu.</param>
/// <param name="Pid">Its number.</param>
/// <param name="StartTime">When it started, in clock ticks since boot.</param>
internal sealed record ProcessRecord(string Name, int Pid, ulong StartTime);

/// <summary>What the shim notes of a sandbox.</summary>
/// <param name="Shim">The shim.</param>
/// <param name="Children">Its children.</param>
/// <param name="Cgroup">The cgroup that they sit in; null without one of their own.</param>
internal sealed record SandboxRecord(ProcessRecord Shim, IReadOnlyList<ProcessRecord> Children, string? Cgroup)
{
    /// <summary>Reads the record of a state folder; null when there is none, or none that can be read.</summary>
    public static SandboxRecord? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, "state.json")), StateJson.Default.SandboxRecord);
        }
        catch (System.Exception e) when (e is IOException or System.UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}

/// <summary>JSON form of the record.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SandboxRecord))]
internal sealed partial class StateJson : JsonSerializerContext;
