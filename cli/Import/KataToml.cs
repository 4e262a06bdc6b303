using System.Collections.Generic;
using System.Linq;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Kata;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace KataShimNet.Cli.Import;

/// <summary>Reads a settings file of Kata's (TOML) into its keys.</summary>
internal static class KataToml
{
    /// <summary>The keys in the order of the file.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="file">What errors call it.</param>
    /// <exception cref="ConfigException">It is not TOML.</exception>
    public static IReadOnlyList<KataEntry> Read(string text, string file)
    {
        DocumentSyntax document = SyntaxParser.Parse(text, file);
        if (document.HasErrors)
        {
            throw new ConfigException([.. document.Diagnostics.Select(wrong => new ConfigProblem(
                file, wrong.Span.Start.Line + 1, wrong.Span.Start.Column + 1, "", $"this is not TOML: {wrong.Message}", "give a configuration.toml of Kata"))]);
        }
        var entries = new List<KataEntry>();
        Add(entries, "", document.KeyValues);
        foreach (TableSyntaxBase table in document.Tables)
            Add(entries, NameOf(table.Name), table.Items);
        return entries;
    }

    private static void Add(List<KataEntry> entries, string section, IEnumerable<SyntaxNode> items)
    {
        foreach (KeyValueSyntax item in items.OfType<KeyValueSyntax>())
            entries.Add(new KataEntry(section, NameOf(item.Key), ValueOf(item.Value), item.Span.Start.Line + 1));
    }

    private static string NameOf(KeySyntax? key) => key is null
        ? ""
        : string.Join('.', new[] { Part(key.Key) }.Concat(key.DotKeys.OfType<DottedKeyItemSyntax>().Select(item => Part(item.Key))));

    private static string Part(BareKeyOrStringValueSyntax? part) => part switch
    {
        StringValueSyntax text => text.Value ?? "",
        null => "",
        _ => part.ToString().Trim(),
    };

    private static KataValue ValueOf(ValueSyntax? value) => value is ArraySyntax array
        ? new KataValue([.. array.Items.OfType<ArrayItemSyntax>().Select(item => Text(item.Value))], IsList: true)
        : KataValue.Of(Text(value));

    private static string Text(ValueSyntax? value) => value is StringValueSyntax text ? text.Value ?? "" : value?.ToString().Trim() ?? "";
}
