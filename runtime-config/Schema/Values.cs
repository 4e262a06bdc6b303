using System;
using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.RuntimeConfig.Reading;

namespace KataShimNet.RuntimeConfig.Schema;

/// <summary>The kinds of value that settings have, each a reader that says exactly what is wrong.</summary>
internal static class Values
{
    /// <summary>Any text; also an empty one, in quotes.</summary>
    public static ValueKind<string> Text { get; } = new(ReadText, new ValueShape("string"));

    /// <summary>An absolute path.</summary>
    public static ValueKind<string> Path { get; } = new(ReadPath, new ValueShape("string") { Pattern = "^/" });

    /// <summary>An absolute path, or an empty text.</summary>
    public static ValueKind<string> OptionalPath { get; } = new(ReadOptionalPath, new ValueShape("string") { Pattern = "^(/.*)?$" });

    /// <summary>Where a collector listens: over TCP without TLS, or on a unix socket; or an empty text.</summary>
    public static ValueKind<string> Endpoint { get; } = new(ReadEndpoint, new ValueShape("string") { Pattern = "^(http://.+|unix:///.+)?$" });

    /// <summary>true or false.</summary>
    public static ValueKind<bool> Flag { get; } = new(ReadChoice([("true", true), ("false", false)]), new ValueShape("boolean"));

    /// <summary>A list of texts.</summary>
    public static ValueKind<string[]> Texts { get; } = new(ReadTexts, new ValueShape("array"));

    /// <summary>Folders of the host that a guest gets under the last parts of their paths, which differ.</summary>
    public static ValueKind<string[]> BindMounts { get; } = new(ReadBindMounts, new ValueShape("array"));

    /// <summary>A number within bounds that need not be whole.</summary>
    public static ValueKind<double> Fraction(int least, int most) => new(ReadFraction(least, most), new ValueShape("number") { Least = least, Most = most });

    /// <summary>A whole number within bounds.</summary>
    public static ValueKind<int> Number(int least, int most = int.MaxValue) =>
        new(ReadNumber(least, most), new ValueShape("integer") { Least = least, Most = most == int.MaxValue ? null : most });

    /// <summary>A power of two within bounds, which are powers of two.</summary>
    public static ValueKind<int> PowerOfTwo(int least, int most, bool orZero = false)
    {
        var words = new List<string>();
        if (orZero)
            words.Add("0");
        for (int power = least; power <= most; power *= 2)
            words.Add(power.ToString(CultureInfo.InvariantCulture));
        return new(ReadPowerOfTwo(least, most, orZero), new ValueShape("integer") { Words = words });
    }

    /// <summary>One of some words.</summary>
    public static ValueKind<T> Choice<T>(params (string Word, T Value)[] choices) =>
        new(ReadChoice(choices), new ValueShape("string") { Words = Array.ConvertAll(choices, static choice => choice.Word) });

    private static bool ReadText(YamlNode node, string path, ProblemList problems, out string value)
    {
        value = "";
        if (node is not YamlScalar scalar || scalar.IsNothing)
            return Wrong(node, path, problems, "a text was expected", "write a text, in quotes if it has signs of YAML in it");
        if (scalar.Value.Contains('\0', StringComparison.Ordinal))
            return Wrong(node, path, problems, "the text has a NUL character in it", "remove it", name: false);
        value = scalar.Value;
        return true;
    }

    private static bool ReadPath(YamlNode node, string path, ProblemList problems, out string value)
    {
        if (!ReadText(node, path, problems, out value))
            return false;
        return value.StartsWith('/') ||
            Wrong(node, path, problems, "an absolute path was expected", "write the whole path, from /");
    }

    private static bool ReadOptionalPath(YamlNode node, string path, ProblemList problems, out string value)
    {
        if (!ReadText(node, path, problems, out value))
            return false;
        return value.Length == 0 || value.StartsWith('/') ||
            Wrong(node, path, problems, "an absolute path was expected", "write the whole path, from /, or \"\"");
    }

    private static bool ReadEndpoint(YamlNode node, string path, ProblemList problems, out string value)
    {
        if (!ReadText(node, path, problems, out value))
            return false;
        return value.Length == 0 || (Uri.TryCreate(value, UriKind.Absolute, out Uri? uri) && uri switch
        {
            { Scheme: "http", Host.Length: > 0 } => true,
            { Scheme: "unix", Host: "", LocalPath.Length: > 1 } => true,
            _ => false,
        }) ||
            Wrong(node, path, problems, "a collector was expected", "write http://HOST:PORT, unix:///PATH, or \"\"");
    }

    private static ValueReader<int> ReadNumber(int least, int most) =>
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

    private static ValueReader<double> ReadFraction(int least, int most) =>
        (YamlNode node, string path, ProblemList problems, out double value) =>
        {
            value = 0;
            string bounds = string.Create(CultureInfo.InvariantCulture, $"{least} to {most}");
            if (node is not YamlScalar { Plain: true } scalar ||
                !double.TryParse(scalar.Value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return Wrong(node, path, problems, "a number was expected", $"write a number without quotes, {bounds}");
            }
            if (!(number >= least && number <= most))
                return Wrong(node, path, problems, $"{scalar.Value} is out of range", $"write {bounds}", name: false);
            value = number;
            return true;
        };

    private static ValueReader<int> ReadPowerOfTwo(int least, int most, bool orZero)
    {
        ValueReader<int> number = ReadNumber(least, most);
        return (YamlNode node, string path, ProblemList problems, out int value) =>
        {
            value = 0;
            if (orZero && node is YamlScalar { Plain: true, Value: "0" })
                return true;
            if (!number(node, path, problems, out value))
                return false;
            if (BitOperations.IsPow2(value))
                return true;
            int below = (int)BitOperations.RoundUpToPowerOf2((uint)value) / 2;
            return Wrong(node, path, problems, "a power of two was expected",
                string.Create(CultureInfo.InvariantCulture, $"write {below} or {below * 2}"));
        };
    }

    private static ValueReader<T> ReadChoice<T>((string Word, T Value)[] choices) =>
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

    private static bool ReadTexts(YamlNode node, string path, ProblemList problems, out string[] value)
    {
        value = [];
        if (node is not YamlSequence sequence)
            return Wrong(node, path, problems, "a list of texts was expected", "write [\"one\", \"two\"], or [] for none");
        var texts = new List<string>();
        foreach (YamlNode item in sequence.Items)
        {
            if (ReadText(item, string.Create(CultureInfo.InvariantCulture, $"{path}[{texts.Count}]"), problems, out string text))
                texts.Add(text);
        }
        value = [.. texts];
        return texts.Count == sequence.Items.Count;
    }

    private static bool ReadBindMounts(YamlNode node, string path, ProblemList problems, out string[] value)
    {
        if (!ReadTexts(node, path, problems, out value))
            return false;
        var names = new HashSet<string>(StringComparer.Ordinal);
        List<YamlNode> items = ((YamlSequence)node).Items;
        bool right = true;
        for (int i = 0; i < value.Length; i++)
        {
            string at = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            if (!SandboxBindMount.TryParse(value[i], out SandboxBindMount? mount))
                right = Wrong(items[i], at, problems, "a folder of the host was expected", "write /PATH, /PATH:ro or /PATH:rw");
            else if (!names.Add(mount.Name))
                right = Wrong(items[i], at, problems, $"another one is called {mount.Name}, too", "give folders whose paths end differently", name: false);
        }
        return right;
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
