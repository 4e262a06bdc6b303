using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf.Collections;

namespace KataShimNet.AgentProto.Oci;

/// <summary>
/// An object of an OCI document that is being read: gives the values of its keys in the type asked for, and knows its own place for
/// errors. A key that is absent and one that is <c>null</c> are the same, because Go writes its nil slices and pointers as <c>null</c>.
/// </summary>
internal sealed class OciNode
{
    private readonly OciNode? _parent;
    private readonly string _name;
    private readonly int _index;
    private readonly JsonElement _element;

    private OciNode(OciNode? parent, string name, int index, JsonElement element)
    {
        (_parent, _name, _index, _element) = (parent, name, index, element);
        if (element.ValueKind != JsonValueKind.Object)
            throw new OciJsonException(Path, $"an object was expected, not {Describe(element)}");
    }

    /// <summary>The document itself, which must be an object.</summary>
    public static OciNode Document(JsonElement element) => new(null, "", -1, element);

    // Put together only for an error: a good document pays nothing for it.
    private string Path
    {
        get
        {
            string path = _parent is null ? "" : _parent.PathOf(_name);
            return _index < 0 ? path : Indexed(path, _index);
        }
    }

    /// <summary>The text of a key; empty when absent.</summary>
    public string Text(string key) => TryGet(key, out JsonElement value) ? TextOf(value, key, -1) : "";

    /// <summary>The truth value of a key; false when absent.</summary>
    public bool Flag(string key)
    {
        if (!TryGet(key, out JsonElement value))
            return false;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            throw Wrong(key, "true or false was expected", value);
        return value.GetBoolean();
    }

    /// <summary>A signed number; <paramref name="absent"/> when there is none.</summary>
    public long Int64(string key, long absent = 0)
    {
        if (!TryGet(key, out JsonElement value))
            return absent;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out long number))
            throw Wrong(key, "a whole number of 64 bits with sign was expected", value);
        return number;
    }

    /// <summary>An unsigned number; 0 when absent.</summary>
    public ulong UInt64(string key)
    {
        if (!TryGet(key, out JsonElement value))
            return 0;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetUInt64(out ulong number))
            throw Wrong(key, "a whole number of 64 bits from 0 was expected", value);
        return number;
    }

    /// <summary>An unsigned number, or null when absent.</summary>
    public uint? OptionalUInt32(string key) => TryGet(key, out JsonElement value) ? UInt32Of(value, key, -1) : null;

    /// <summary>An unsigned number; 0 when absent.</summary>
    public uint UInt32(string key) => OptionalUInt32(key) ?? 0;

    /// <summary>The object of a key, or null when absent.</summary>
    public OciNode? Child(string key) => TryGet(key, out JsonElement value) ? new OciNode(this, key, -1, value) : null;

    /// <summary>The objects of an array; none when absent.</summary>
    public IEnumerable<OciNode> Children(string key)
    {
        int index = 0;
        foreach (JsonElement item in Items(key))
            yield return new OciNode(this, key, index++, item);
    }

    /// <summary>Appends the texts of an array; nothing when absent.</summary>
    public void Texts(string key, RepeatedField<string> into)
    {
        foreach (JsonElement item in Items(key))
            into.Add(TextOf(item, key, into.Count));
    }

    /// <summary>Appends the numbers of an array; nothing when absent.</summary>
    public void UInt32s(string key, RepeatedField<uint> into)
    {
        foreach (JsonElement item in Items(key))
            into.Add(UInt32Of(item, key, into.Count));
    }

    /// <summary>Puts the members of an object of texts into a map; nothing when absent.</summary>
    public void TextMap(string key, MapField<string, string> into)
    {
        if (Child(key) is not { } map)
            return;
        foreach (JsonProperty member in map._element.EnumerateObject())
            into[member.Name] = map.TextOf(member.Value, member.Name, -1);
    }

    private JsonElement.ArrayEnumerator Items(string key)
    {
        if (!TryGet(key, out JsonElement value))
            return default;
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong(key, "an array was expected", value);
        return value.EnumerateArray();
    }

    private bool TryGet(string key, out JsonElement value) =>
        _element.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;

    private string TextOf(JsonElement value, string key, int index)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw Wrong(key, "a text was expected", value, index);
        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new OciJsonException(Indexed(PathOf(key), index), "the text is not valid Unicode", e);
        }
        // A C program behind us would take the text to end there, so what was checked and what is used would differ.
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new OciJsonException(Indexed(PathOf(key), index), "the text has a NUL character in it");
        return text;
    }

    private uint UInt32Of(JsonElement value, string key, int index)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetUInt32(out uint number))
            throw Wrong(key, "a whole number of 32 bits from 0 was expected", value, index);
        return number;
    }

    private OciJsonException Wrong(string key, string expected, JsonElement value, int index = -1) =>
        new(Indexed(PathOf(key), index), $"{expected}, not {Describe(value)}");

    private string PathOf(string key)
    {
        string path = Path;
        foreach (char c in key)
        {
            if (!char.IsAsciiLetterOrDigit(c))
                return $"{path}[\"{key}\"]";
        }
        return path.Length == 0 ? key : $"{path}.{key}";
    }

    private static string Indexed(string path, int index) =>
        index < 0 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => $"the number {value.GetRawText()}",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };
}
