using System;
using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using KataShimNet.RuntimeConfig.Reading;

namespace KataShimNet.RuntimeConfig.Schema;

/// <summary>The kinds of value that settings have, each a reader that says exactly what is wrong.</summary>
internal static class Values
{
    /// <summary>Any text; also an empty one, in quotes.</summary>
    public static bool Text(YamlNode node, string path, ProblemList problems, out string value)
    {
        value = "";
        if (node is not YamlScalar scalar || scalar.IsNothing)
            return Wrong(node, path, problems, "a text was expected", "write a text, in quotes if it has signs of YAML in it");
        if (scalar.Value.Contains('\0', StringComparison.Ordinal))
            return Wrong(node, path, problems, "the text has a NUL character in it", "remove it", name: false);
        value = scalar.Value;
        return true;
    }

    /// <summary>An absolute path.</summary>
    public static bool Path(YamlNode node, string path, ProblemList problems, out string value)
    {
        if (!Text(node, path, problems, out value))
            return false;
        return value.StartsWith('/') ||
            Wrong(node, path, problems, "an absolute path was expected", "write the whole path, from /");
    }

    /// <summary>An absolute path, or an empty text.</summary>
    public static bool OptionalPath(YamlNode node, string path, ProblemList problems, out string value)
    {
        if (!Text(node, path, problems, out value))
            return false;
        return value.Length == 0 || value.StartsWith('/') ||
            Wrong(node, path, problems, "an absolute path was expected", "write the whole path, from /, or \"\"");
    }

    /// <summary>A whole number within bounds.</summary>
    public static ValueReader<int> Number(int least, int most = int.MaxValue) =>
        (YamlNode node, string path, ProblemList problems, out int value) =>
        {
            value = 0;
            string bounds = most == int.MaxValue
                ? string.Create(CultureInfo.InvariantCulture, $"{least} or more")
                : string.Create(CultureInfo.InvariantCulture, $"{least} to {most}");
            if (node is not YamlScalar { Plain: true } scalar || !IsWholeNumber(scalar.Value))
                return Wrong(node, path, problems, "a whole number was expected", $"write a number without quotes, {bounds}");
            // One that is too long even for the type is out of range like any other.
            if (!int.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ||
                number < least || number > most)
            {
                return Wrong(node, path, problems, $"{scalar.Value} is out of range", $"write {bounds}", name: false);
            }
            value = number;
            return true;
        };

    /// <summary>A power of two within bounds.</summary>
    public static ValueReader<int> PowerOfTwo(int least, int most)
    {
        ValueReader<int> number = Number(least, most);
        return (YamlNode node, string path, ProblemList problems, out int value) =>
        {
            if (!number(node, path, problems, out value))
                return false;
            if (BitOperations.IsPow2(value))
                return true;
            int below = (int)BitOperations.RoundUpToPowerOf2((uint)value) / 2;
            return Wrong(node, path, problems, "a power of two was expected",
                string.Create(CultureInfo.InvariantCulture, $"write {below} or {below * 2}"));
        };
    }

    /// <summary>One of some words.</summary>
    public static ValueReader<T> Choice<T>(params (string Word, T Value)[] choices) =>
        (YamlNode node, string path, ProblemList problems, out T value) =>
        {
            foreach ((string word, T choice) in choices)
            {
                if (node is YamlScalar scalar && scalar.Value == word)
                {
                    value = choice;
                    return true;
                }
            }
            value = choices[0].Value;
            string words = string.Join(", ", Array.ConvertAll(choices, static choice => choice.Word));
            return Wrong(node, path, problems, "one of the words known here was expected", $"write one of: {words}");
        };

    /// <summary>true or false.</summary>
    public static ValueReader<bool> Flag { get; } = Choice(("true", true), ("false", false));

    /// <summary>A list of texts.</summary>
    public static bool Texts(YamlNode node, string path, ProblemList problems, out string[] value)
    {
        value = [];
        if (node is not YamlSequence sequence)
            return Wrong(node, path, problems, "a list of texts was expected", "write [\"one\", \"two\"], or [] for none");
        var texts = new List<string>();
        foreach (YamlNode item in sequence.Items)
        {
            if (Text(item, string.Create(CultureInfo.InvariantCulture, $"{path}[{texts.Count}]"), problems, out string text))
                texts.Add(text);
        }
        value = [.. texts];
        return texts.Count == sequence.Items.Count;
    }

    private static bool IsWholeNumber(string text)
    {
        ReadOnlySpan<char> digits = text.AsSpan(text.StartsWith('-') || text.StartsWith('+') ? 1 : 0);
        return !digits.IsEmpty && !digits.ContainsAnyExceptInRange('0', '9');
    }

    private static bool Wrong(YamlNode node, string path, ProblemList problems, string what, string todo, bool name = true)
    {
        problems.Add(node, path, name ? $"{what}, not {node.Kind}" : what, todo);
        return false;
    }
}
