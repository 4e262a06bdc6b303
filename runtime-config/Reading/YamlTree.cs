using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace KataShimNet.RuntimeConfig.Reading;

/// <summary>
/// Builds the tree of one YAML document from the parser's events: only what settings need. Anchors, aliases and tags are refused, since
/// a value should be where it is read.
/// </summary>
internal sealed class YamlTree
{
    // Settings are two levels deep; the bound keeps a crafted file from using up the stack.
    private const int MaxDepth = 16;

    private readonly IParser _parser;
    private readonly ProblemList _problems;

    private YamlTree(IParser parser, ProblemList problems) => (_parser, _problems) = (parser, problems);

    /// <summary>The document's root, or null when the document is empty or cannot be read, of which the list of problems tells.</summary>
    public static YamlNode? Read(string text, ProblemList problems)
    {
        using var reader = new StringReader(text);
        var tree = new YamlTree(new Parser(reader), problems);
        try
        {
            return tree.Document();
        }
        catch (YamlException e)
        {
            problems.Add((int)Math.Max(1, e.Start.Line), (int)Math.Max(1, e.Start.Column), "", $"this is not YAML: {Sentence(e.Message)}",
                "check indentation (spaces, never tabs), colons and quotes around this line");
            return null;
        }
    }

    private YamlNode? Document()
    {
        Next<StreamStart>();
        if (Advance() is not DocumentStart)
            return null;
        YamlNode? root = Node(Advance(), "", 0);
        Next<DocumentEnd>();
        if (Advance() is DocumentStart second)
        {
            _problems.Add((int)second.Start.Line, (int)second.Start.Column, "", "a second document begins here",
                "keep one document: remove the line ---");
        }
        return root is YamlScalar { IsNothing: true } ? null : root;
    }

    // Null for what was refused; the events of it are used up all the same, so that reading goes on behind it.
    private YamlNode? Node(ParsingEvent e, string path, int depth)
    {
        (int line, int column) = ((int)e.Start.Line, (int)e.Start.Column);
        bool refused = false;
        if (e is AnchorAlias || e is NodeEvent { Anchor.IsEmpty: false })
        {
            _problems.Add(line, column, path, "anchors (&name) and aliases (*name) are not supported", "write the value itself");
            refused = true;
        }
        else if (e is NodeEvent { Tag.IsEmpty: false })
        {
            _problems.Add(line, column, path, "tags (!name) are not supported", "write the value without one");
            refused = true;
        }
        YamlNode? node = e switch
        {
            Scalar scalar => new YamlScalar(line, column, scalar.Value, scalar.Style is ScalarStyle.Plain or ScalarStyle.Any),
            SequenceStart => Sequence(line, column, path, depth),
            MappingStart => Mapping(line, column, path, depth),
            _ => null,
        };
        return refused ? null : node;
    }

    private YamlSequence Sequence(int line, int column, string path, int depth)
    {
        CheckDepth(line, column, depth);
        var items = new List<YamlNode>();
        for (ParsingEvent e = Advance(); e is not SequenceEnd; e = Advance())
        {
            if (Node(e, string.Create(CultureInfo.InvariantCulture, $"{path}[{items.Count}]"), depth + 1) is { } item)
                items.Add(item);
        }
        return new YamlSequence(line, column, items);
    }

    private YamlMapping Mapping(int line, int column, string path, int depth)
    {
        CheckDepth(line, column, depth);
        var members = new List<YamlMember>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        for (ParsingEvent e = Advance(); e is not MappingEnd; e = Advance())
        {
            YamlNode? key = Node(e, path, depth + 1);
            string name = (key as YamlScalar)?.Value ?? "";
            string place = path.Length == 0 ? name : $"{path}.{name}";
            YamlNode? value = Node(Advance(), place, depth + 1);
            if (key is not null and not YamlScalar)
            {
                _problems.Add(key, path, $"a key must be a word, not {key.Kind}", "write KEY: VALUE");
            }
            else if (key is YamlScalar scalar)
            {
                if (!lines.TryAdd(name, scalar.Line))
                    _problems.Add(key, place, $"this key stands in line {lines[name]} already", "keep one of the two");
                else if (value is not null)
                    members.Add(new YamlMember(scalar, value));
            }
        }
        return new YamlMapping(line, column, members);
    }

    private static void CheckDepth(int line, int column, int depth)
    {
        if (depth >= MaxDepth)
        {
            var mark = new Mark(0, line, column);
            throw new YamlException(mark, mark, "too many levels");
        }
    }

    private ParsingEvent Advance() =>
        _parser.MoveNext() ? _parser.Current! : throw new YamlException("the file ends too early");

    private void Next<T>()
        where T : ParsingEvent
    {
        if (Advance() is not T)
            throw new YamlException("the file is not in the order of a YAML document");
    }

    private static string Sentence(string message)
    {
        string text = message.Trim().TrimEnd('.');
        return text.Length == 0 ? "no more is known" : char.ToLowerInvariant(text[0]) + text[1..];
    }
}
