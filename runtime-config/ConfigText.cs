using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.RuntimeConfig.Schema;

namespace KataShimNet.RuntimeConfig;

/// <summary>Settings as text: every key, with the value in force.</summary>
public static class ConfigText
{
    private const int CommentColumn = 48;

    private static readonly JsonWriterOptions s_indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonWriterOptions s_compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As a settings file that says the same.</summary>
    /// <param name="options">The settings.</param>
    public static string ToYaml(KatanetOptions options)
    {
        var text = new StringBuilder();
        foreach (Section section in SettingTable.Sections)
        {
            text.Append(section.Name).Append(":\n");
            foreach ((string key, object value) in section.Values(options))
                text.Append("  ").Append(key).Append(": ").Append(Scalar(value)).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>As a settings file that says the same, with where each value comes from as a comment.</summary>
    /// <param name="config">The settings.</param>
    public static string ToYaml(LoadedConfig config)
    {
        var lines = new List<(string Text, ConfigOrigin? Origin)>();
        foreach (Section section in SettingTable.Sections)
        {
            lines.Add(($"{section.Name}:", null));
            foreach ((string key, object value) in section.Values(config.Options))
                lines.Add(($"  {key}: {Scalar(value)}", config.OriginOf($"{section.Name}.{key}")));
        }
        var text = new StringBuilder();
        foreach ((string line, ConfigOrigin? origin) in lines)
            text.Append(origin is null ? line : $"{line.PadRight(CommentColumn)}  # {origin}").Append('\n');
        return text.ToString();
    }

    /// <summary>As a JSON object with the names of the settings file, and a member <c>origins</c> that says where each value comes from.</summary>
    /// <param name="config">The settings.</param>
    public static string ToJson(LoadedConfig config)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_indented))
        {
            json.WriteStartObject();
            foreach (Section section in SettingTable.Sections)
            {
                json.WriteStartObject(section.Name);
                foreach ((string key, object value) in section.Values(config.Options))
                {
                    json.WritePropertyName(key);
                    Write(json, value);
                }
                json.WriteEndObject();
            }
            json.WriteStartObject("origins"u8);
            foreach (Section section in SettingTable.Sections)
            {
                foreach (string key in section.Keys)
                    json.WriteString($"{section.Name}.{key}", config.OriginOf($"{section.Name}.{key}").ToString());
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>One value as it stands in a settings file.</summary>
    internal static string Scalar(object value)
    {
        if (value is string word && IsWord(word))
            return word;
        // YAML takes JSON's texts and lists as they are.
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_compact))
            Write(json, value);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>One value as JSON.</summary>
    internal static void Write(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case int number:
                json.WriteNumberValue(number);
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case IReadOnlyList<string> texts:
                json.WriteStartArray();
                foreach (string text in texts)
                    json.WriteStringValue(text);
                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"{value}"));
                break;
        }
    }

    // What YAML reads as the same text without quotes: paths and words, but not numbers, nor words such as "null".
    private static bool IsWord(string text)
    {
        if (text.Length == 0 || !(text[0] == '/' || char.IsAsciiLetter(text[0])))
            return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('/' or '_' or '-' or '.'))
                return false;
        }
        return text.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n");
    }
}
