using System;
using System.Collections.Generic;
using System.Text;

namespace KataShimNet.Agent.Boot;

/// <summary>The words of /proc/cmdline. Double quotes keep spaces in a word, as in the kernel's own parser (lib/cmdline.c).</summary>
internal sealed class KernelCommandLine
{
    private readonly Dictionary<string, string> _values = [];

    private KernelCommandLine()
    {
    }

    /// <summary>Splits a command line. When a key comes twice, the last one holds.</summary>
    /// <param name="text">Content of /proc/cmdline.</param>
    public static KernelCommandLine Parse(string text)
    {
        var line = new KernelCommandLine();
        var word = new StringBuilder();
        var quoted = false;
        foreach (var c in text + " ")
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && char.IsWhiteSpace(c))
            {
                line.Add(word.ToString());
                word.Clear();
            }
            else
            {
                word.Append(c);
            }
        }

        line.Add(word.ToString().TrimEnd());
        return line;
    }

    /// <summary>Value of a key; "" when it stands alone; null when it is not there.</summary>
    /// <param name="key">The key, such as <c>agent.log</c>.</param>
    public string? this[string key] => _values.GetValueOrDefault(key);

    private void Add(string word)
    {
        if (word.Length == 0)
            return;
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            _values[word] = "";
        else
            _values[word[..equals]] = word[(equals + 1)..];
    }
}
