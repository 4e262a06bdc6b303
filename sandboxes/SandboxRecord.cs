using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KataShimNet.Sandboxes;

/// <summary>What the shim notes of a sandbox.</summary>
/// <param name="Shim">The shim.</param>
/// <param name="Children">Its children.</param>
/// <param name="Cgroup">The cgroup that they sit in; null without one of their own.</param>
public sealed record SandboxRecord(ProcessRecord Shim, IReadOnlyList<ProcessRecord> Children, string? Cgroup)
{
    /// <summary>running; booting, while QEMU is not there yet; dead, when its shim is gone and its state is not.</summary>
    [JsonIgnore]
    public string State => Shim.Find() is null ? "dead" : Children.Any(static child => child.Name == "qemu" && child.Find() is not null) ? "running" : "booting";

    /// <summary>Reads the record of a state folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Null when there is none, or none that can be read.</returns>
    public static SandboxRecord? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, "state.json")), StateJson.Default.SandboxRecord);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}

/// <summary>JSON form of the record.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SandboxRecord))]
internal sealed partial class StateJson : JsonSerializerContext;
