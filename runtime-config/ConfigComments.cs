using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace KataShimNet.RuntimeConfig;

/// <summary>What each setting is for, in words: the comments of the example file <c>deploy/config.yaml</c>, which is inside this library.</summary>
internal static class ConfigComments
{
    private const string Resource = "config.yaml";

    /// <summary>By section, and by whole key.</summary>
    public static IReadOnlyDictionary<string, string> Read()
    {
        using Stream stream = typeof(ConfigComments).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the library is without its resource {Resource}");
        using var reader = new StreamReader(stream);
        var comments = new Dictionary<string, string>(StringComparer.Ordinal);
        var comment = new StringBuilder();
        string section = "";
        for (string? line; (line = reader.ReadLine()) is not null;)
        {
            string text = line.Trim();
            if (text.StartsWith('#'))
            {
                comment.Append(comment.Length == 0 ? "" : " ").Append(text.AsSpan(1).Trim());
                continue;
            }
            if (text.Length > 0)
            {
                string key = text[..text.IndexOf(':', StringComparison.Ordinal)];
                if (!line.StartsWith(' '))
                    section = key;
                comments[line.StartsWith(' ') ? $"{section}.{key}" : key] = comment.ToString();
            }
            comment.Clear();
        }
        return comments;
    }
}
