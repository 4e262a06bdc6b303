using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace KataShimNet.Sbom;

/// <summary>One part of the product, as CycloneDX has it.</summary>
/// <param name="Type">library, operating-system, application …</param>
/// <param name="Name">Name of the package.</param>
/// <param name="Version">Its version.</param>
/// <param name="Purl">Package URL (github.com/package-url/purl-spec); it serves as the reference too.</param>
internal sealed record Component(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("purl")] string Purl)
{
    /// <summary>Unique name within the document.</summary>
    [JsonPropertyName("bom-ref")]
    public string Reference => Purl;

    /// <summary>Check sums of the package as it was fetched, when they are known.</summary>
    [JsonPropertyName("hashes")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ComponentHash>? Hashes { get; init; }

    /// <summary>What more is known: in which place of the product it is.</summary>
    [JsonPropertyName("properties")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ComponentProperty>? Properties { get; init; }
}

/// <summary>A check sum.</summary>
/// <param name="Algorithm">SHA-256, SHA-512 …</param>
/// <param name="Content">In hexadecimal digits.</param>
internal sealed record ComponentHash(
    [property: JsonPropertyName("alg")] string Algorithm,
    [property: JsonPropertyName("content")] string Content);

/// <summary>A name with a value.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
internal sealed record ComponentProperty(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("value")] string Value);
