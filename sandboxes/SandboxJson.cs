using System.Text.Json.Serialization;

namespace KataShimNet.Sandboxes;

/// <summary>Sandboxes as JSON: what <c>katanet ps --json</c> prints and the monitor serves.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContainerEntry[]))]
[JsonSerializable(typeof(SandboxEntry))]
[JsonSerializable(typeof(SandboxEntry[]))]
public sealed partial class SandboxJson : JsonSerializerContext;
