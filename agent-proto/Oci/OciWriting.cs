using System.Collections.Generic;
using System.Text.Json;

namespace KataShimNet.AgentProto.Oci;

/// <summary>
/// What the parts of a document are written with. The mirror of the agent's API has no "absent" for numbers and texts: zero and
/// empty stand for it. Where a runtime would take zero for a limit of zero the key must not be written; these say so by their names.
/// </summary>
internal static class OciWriting
{
    /// <summary>Writes a text unless it is empty.</summary>
    public static void TextIfAny(this Utf8JsonWriter json, string key, string value)
    {
        if (value.Length != 0)
            json.WriteString(key, value);
    }

    /// <summary>Writes a number unless it is 0.</summary>
    public static void NumberIfSet(this Utf8JsonWriter json, string key, long value)
    {
        if (value != 0)
            json.WriteNumber(key, value);
    }

    /// <summary>Writes a number unless it is 0.</summary>
    public static void NumberIfSet(this Utf8JsonWriter json, string key, ulong value)
    {
        if (value != 0)
            json.WriteNumber(key, value);
    }

    /// <summary>Writes true, or nothing.</summary>
    public static void FlagIfTrue(this Utf8JsonWriter json, string key, bool value)
    {
        if (value)
            json.WriteBoolean(key, true);
    }

    /// <summary>Writes an array of texts, also an empty one.</summary>
    public static void Texts(this Utf8JsonWriter json, string key, IList<string> values)
    {
        json.WriteStartArray(key);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    /// <summary>Writes an array of texts unless it is empty.</summary>
    public static void TextsIfAny(this Utf8JsonWriter json, string key, IList<string> values)
    {
        if (values.Count != 0)
            json.Texts(key, values);
    }

    /// <summary>Writes an object of texts unless it is empty.</summary>
    public static void TextMapIfAny(this Utf8JsonWriter json, string key, IDictionary<string, string> values)
    {
        if (values.Count == 0)
            return;
        json.WriteStartObject(key);
        foreach ((string name, string value) in values)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    /// <summary>Writes an array of objects unless it is empty.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="key">The array's key.</param>
    /// <param name="values">What becomes one object each.</param>
    /// <param name="members">Writes the members of one.</param>
    public static void ObjectsIfAny<T>(this Utf8JsonWriter json, string key, IList<T> values, System.Action<Utf8JsonWriter, T> members)
    {
        if (values.Count == 0)
            return;
        json.WriteStartArray(key);
        foreach (T value in values)
        {
            json.WriteStartObject();
            members(json, value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
