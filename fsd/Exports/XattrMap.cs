using System;
using System.Collections.Generic;
using System.Text;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Exports;

/// <summary>
/// Names of extended attributes in the guest and on the host, in the language of virtiofsd's <c>--xattrmap</c> (its doc/xattr-mapping.md):
/// rules like <c>:prefix:all:trusted.:user.virtiofs.:</c>, whose first character is the separator.
/// </summary>
internal sealed class XattrMap
{
    private readonly XattrRule[] _rules;

    private XattrMap(List<XattrRule> rules) => _rules = [.. rules];

    /// <summary>The rules.</summary>
    public IReadOnlyList<XattrRule> Rules => _rules;

    /// <summary>Reads rules.</summary>
    /// <param name="text">The rules; white space may stand between them.</param>
    /// <returns>Null for an empty text.</returns>
    /// <exception cref="FormatException">The message says what is wrong with which.</exception>
    public static XattrMap? Parse(string text)
    {
        if (text.Length == 0)
            return null;
        var rules = new List<XattrRule>();
        var rest = text.AsSpan().Trim();
        while (rest.Length > 0)
        {
            var separator = rest[0];
            var rule = rest;
            rest = rest[1..];
            var type = Field(ref rest, separator, rule);
            if (type is "map")
            {
                AddMap(rules, Field(ref rest, separator, rule), Field(ref rest, separator, rule));
                if (!rest.IsWhiteSpace())
                    throw new FormatException($"\"{rest.Trim()}\" comes after a map rule, which has to be the last");
                break;
            }

            var scope = Field(ref rest, separator, rule);
            var (client, server) = scope switch
            {
                "client" => (true, false),
                "server" => (false, true),
                "all" => (true, true),
                _ => throw new FormatException($"\"{scope}\" in \"{rule}\" is none of the scopes client, server and all"),
            };
            rules.Add(new XattrRule(ActionOf(type, rule), client, server, Utf8(Field(ref rest, separator, rule)), Utf8(Field(ref rest, separator, rule))));
            rest = rest.TrimStart();
        }

        return rules.Count > 0 ? new XattrMap(rules) : throw new FormatException("there is no rule in it");
    }

    /// <summary>Turns a name of the guest's into the host's.</summary>
    /// <param name="name">As the guest gave it.</param>
    /// <param name="target">Room for the host's name.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>None, EPERM or EOPNOTSUPP as the rules say, or ERANGE when the name would be too long.</returns>
    public Errno ToHost(ReadOnlySpan<byte> name, Span<byte> target, out int length)
    {
        length = 0;
        foreach (var rule in _rules)
        {
            if (!rule.Client || !name.StartsWith(rule.Key))
                continue;
            if (rule.Action is XattrAction.Bad or XattrAction.Unsupported)
                return rule.Action == XattrAction.Bad ? Errno.EPERM : Errno.EOPNOTSUPP;
            ReadOnlySpan<byte> before = rule.Action == XattrAction.Prefix ? rule.Prepend : [];
            if (before.Length + name.Length > target.Length)
                return Errno.ERANGE;
            // The target may be where the name is.
            name.CopyTo(target[before.Length..]);
            before.CopyTo(target);
            length = before.Length + name.Length;
            return Errno.None;
        }

        // There are rules, and none is for it.
        return Errno.EPERM;
    }

    /// <summary>Turns a name of the host's into the guest's.</summary>
    /// <param name="name">As the host has it.</param>
    /// <returns>Empty when the guest is not to see it.</returns>
    public ReadOnlySpan<byte> ToGuest(ReadOnlySpan<byte> name)
    {
        foreach (var rule in _rules)
        {
            if (!rule.Server || !name.StartsWith(rule.Prepend))
                continue;
            return rule.Action switch
            {
                XattrAction.Ok => name,
                XattrAction.Prefix => name[rule.Prepend.Length..],
                _ => [],
            };
        }

        return [];
    }

    /// <summary>Turns a list of names, each with its NUL, into the guest's, in place.</summary>
    /// <param name="list">The list.</param>
    /// <returns>Bytes of the new list: never more.</returns>
    public int ListToGuest(Span<byte> list)
    {
        var written = 0;
        for (var at = 0; at < list.Length;)
        {
            var length = list[at..].IndexOf((byte)0);
            if (length < 0)
                break;
            var name = ToGuest(list.Slice(at, length));
            at += length + 1;
            if (name.IsEmpty)
                continue;
            name.CopyTo(list[written..]);
            written += name.Length;
            list[written++] = 0;
        }

        return written;
    }

    // virtiofsd's shorthand: everything below a prefix, or the names of one key while those of the prefix are out of reach.
    private static void AddMap(List<XattrRule> rules, string key, string prepend)
    {
        rules.Add(new XattrRule(XattrAction.Prefix, Client: true, Server: true, Utf8(key), Utf8(prepend)));
        if (key.Length == 0)
        {
            rules.Add(new XattrRule(XattrAction.Bad, Client: true, Server: true, [], []));
            return;
        }

        rules.Add(new XattrRule(XattrAction.Bad, Client: false, Server: true, [], Utf8(key)));
        rules.Add(new XattrRule(XattrAction.Bad, Client: true, Server: false, Utf8(prepend), []));
        rules.Add(new XattrRule(XattrAction.Ok, Client: true, Server: true, [], []));
    }

    private static string Field(ref ReadOnlySpan<char> rest, char separator, ReadOnlySpan<char> rule)
    {
        var end = rest.IndexOf(separator);
        if (end < 0)
        {
            throw new FormatException(
                $"\"{rule}\" ends too early: a rule is {separator}TYPE{separator}SCOPE{separator}KEY{separator}PREPEND{separator}"
                + $" or {separator}map{separator}KEY{separator}PREPEND{separator}");
        }

        var field = rest[..end].ToString();
        rest = rest[(end + 1)..];
        return field;
    }

    private static XattrAction ActionOf(string type, ReadOnlySpan<char> rule) => type switch
    {
        "prefix" => XattrAction.Prefix,
        "ok" => XattrAction.Ok,
        "bad" => XattrAction.Bad,
        "unsupported" => XattrAction.Unsupported,
        _ => throw new FormatException($"\"{type}\" in \"{rule}\" is none of the types prefix, ok, bad, unsupported and map"),
    };

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
