using System.Collections.Generic;

namespace KataShimNet.RuntimeConfig.Schema;

/// <summary>A kind of value: how it is read, and what an editor is told of it.</summary>
/// <param name="Read">Reads and checks.</param>
/// <param name="Shape">For the JSON schema.</param>
internal sealed record ValueKind<T>(ValueReader<T> Read, ValueShape Shape);

/// <summary>What may stand as a value, in the words of JSON schema.</summary>
/// <param name="Type">string, integer, number, boolean, array (of texts).</param>
internal sealed record ValueShape(string Type)
{
    /// <summary>Least number; null without one.</summary>
    public int? Least { get; init; }

    /// <summary>Greatest number; null without one.</summary>
    public int? Most { get; init; }

    /// <summary>Regular expression that texts match; null without one.</summary>
    public string? Pattern { get; init; }

    /// <summary>The only words, or numbers, that there are; null without such a list.</summary>
    public IReadOnlyList<string>? Words { get; init; }
}
