using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.RuntimeConfig.Schema;

namespace KataShimNet.RuntimeConfig;

/// <summary>The settings file described for editors (JSON schema) and for readers (Markdown), from the table that also reads it.</summary>
public static class ConfigSchema
{
    private static readonly JsonWriterOptions s_indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As a JSON schema (draft 2020-12).</summary>
    public static string ToJson()
    {
        IReadOnlyDictionary<string, string> comments = ConfigComments.Read();
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_indented))
        {
            json.WriteStartObject();
            json.WriteString("$schema"u8, "https://json-schema.org/draft/2020-12/schema");
            json.WriteString("title"u8, "Settings of KataShimNet");
            json.WriteString("type"u8, "object");
            json.WriteBoolean("additionalProperties"u8, false);
            json.WriteStartObject("properties"u8);
            foreach (Section section in SettingTable.Sections)
                WriteSection(json, section, comments);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    /// <summary>As a page of Markdown with a table for each section.</summary>
    public static string ToMarkdown()
    {
        IReadOnlyDictionary<string, string> comments = ConfigComments.Read();
        var options = new KatanetOptions();
        var text = new StringBuilder("# Every setting\n\n")
            .Append("Written by `katanet config schema --markdown`; [configuration.md](configuration.md) says where settings come from.\n");
        foreach (Section section in SettingTable.Sections)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {section.Name}\n\n{comments[section.Name]}\n\n| key | default | what |\n|---|---|---|\n");
            foreach ((string key, object value) in section.Values(options))
                text.Append(CultureInfo.InvariantCulture, $"| `{key}` | `{ConfigText.Scalar(value)}` | {comments[$"{section.Name}.{key}"].Replace("|", "\\|")} |\n");
        }
        return text.ToString();
    }

    private static void WriteSection(Utf8JsonWriter json, Section section, IReadOnlyDictionary<string, string> comments)
    {
        json.WriteStartObject(section.Name);
        json.WriteString("description"u8, comments[section.Name]);
        WriteTypes(json, "object");
        json.WriteBoolean("additionalProperties"u8, false);
        json.WriteStartObject("properties"u8);
        var defaults = new Dictionary<string, object>(section.Values(new KatanetOptions()));
        foreach ((string key, ValueShape shape) in section.Shapes)
        {
            json.WriteStartObject(key);
            json.WriteString("description"u8, comments[$"{section.Name}.{key}"]);
            WriteShape(json, shape);
            json.WritePropertyName("default"u8);
            ConfigText.Write(json, defaults[key]);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // A section may stand there empty.
    private static void WriteTypes(Utf8JsonWriter json, string type)
    {
        json.WriteStartArray("type"u8);
        json.WriteStringValue(type);
        json.WriteStringValue("null"u8);
        json.WriteEndArray();
    }

    private static void WriteShape(Utf8JsonWriter json, ValueShape shape)
    {
        json.WriteString("type"u8, shape.Type);
        if (shape.Least is { } least)
            json.WriteNumber("minimum"u8, least);
        if (shape.Most is { } most)
            json.WriteNumber("maximum"u8, most);
        if (shape.Pattern is { } pattern)
            json.WriteString("pattern"u8, pattern);
        if (shape.Words is { } words)
        {
            json.WriteStartArray("enum"u8);
            foreach (string word in words)
            {
                if (shape.Type == "integer")
                    json.WriteNumberValue(int.Parse(word, CultureInfo.InvariantCulture));
                else
                    json.WriteStringValue(word);
            }
            json.WriteEndArray();
        }
        if (shape.Type == "array")
        {
            json.WriteStartObject("items"u8);
            json.WriteString("type"u8, "string");
            json.WriteEndObject();
        }
    }
}
