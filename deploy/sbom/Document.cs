using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KataShimNet.Sbom;

/// <summary>A CycloneDX 1.6 document.</summary>
/// <param name="Metadata">What it is about.</param>
/// <param name="Components">The parts, sorted.</param>
internal sealed record Document(
    [property: JsonPropertyName("metadata")] DocumentMetadata Metadata,
    [property: JsonPropertyName("components")] IReadOnlyList<Component> Components)
{
    [JsonPropertyName("bomFormat")]
    public string Format { get; } = "CycloneDX";

    [JsonPropertyName("specVersion")]
    public string SpecificationVersion { get; } = "1.6";

    // The same parts give the same number: a document is rebuilt, not numbered.
    [JsonPropertyName("serialNumber")]
    public string SerialNumber
    {
        get
        {
            string all = string.Join('\n', Components.Select(component => component.Purl).Prepend(Metadata.Component.Purl));
            return $"urn:uuid:{new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(all)).AsSpan(0, 16), bigEndian: true)}";
        }
    }

    [JsonPropertyName("version")]
    public int Revision { get; } = 1;

    /// <summary>Makes a document.</summary>
    /// <param name="version">Of the product.</param>
    /// <param name="time">When it was made.</param>
    /// <param name="parts">The parts, in any order, some more than once.</param>
    public static Document Make(string version, DateTimeOffset time, IEnumerable<Component> parts)
    {
        Component product = new("application", "katanet", version, $"pkg:generic/katanet@{version}");
        DocumentMetadata metadata = new(time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), product);
        return new Document(metadata, [.. parts.DistinctBy(part => part.Purl).OrderBy(part => part.Purl, StringComparer.Ordinal)]);
    }

    /// <summary>The document as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, DocumentJson.Default.Document) + "\n";
}

/// <summary>What a document is about.</summary>
/// <param name="Timestamp">When it was made, ISO 8601.</param>
/// <param name="Component">The product.</param>
internal sealed record DocumentMetadata(
    [property: JsonPropertyName("timestamp")] string Timestamp,
    [property: JsonPropertyName("component")] Component Component);

/// <summary>How documents are written.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(Document))]
internal sealed partial class DocumentJson : JsonSerializerContext;
