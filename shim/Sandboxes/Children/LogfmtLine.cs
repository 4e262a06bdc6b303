using System;
using System.Collections;
using System.Collections.Generic;
using System.Text;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Sandboxes.Children;

/// <summary>A line of a child's own logfmt log, taken apart so that it becomes an event of ours and not text within text.</summary>
internal sealed class LogfmtLine : IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly List<KeyValuePair<string, object?>> _fields = [];
    private bool _hasLevel;

    private LogfmtLine()
    {
    }

    /// <summary>Level of the event.</summary>
    public LogLevel Level { get; private set; } = LogLevel.Information;

    /// <summary>The message; the whole line when it is not logfmt.</summary>
    public string Message { get; private set; } = "";

    /// <inheritdoc/>
    public int Count => _fields.Count;

    /// <inheritdoc/>
    public KeyValuePair<string, object?> this[int index] => _fields[index];

    /// <summary>Reads a line.</summary>
    public static LogfmtLine Parse(string text)
    {
        var line = new LogfmtLine();
        var rest = text.AsSpan();
        while (rest.Length > 0)
        {
            var equals = rest.IndexOf('=');
            if (equals <= 0 || rest[..equals].Contains(' '))
                return Plain(text);
            var key = rest[..equals].ToString();
            rest = rest[(equals + 1)..];
            line.Take(key, Value(ref rest));
            rest = rest.TrimStart(' ');
        }

        return line._hasLevel ? line : Plain(text);
    }

    /// <summary>Writes it to a log as an event of that log.</summary>
    public void WriteTo(ILogger log) => log.Log(Level, default, this, null, static (line, _) => line.Message);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Nobody logs on purpose in another form: it is a complaint of a library, or of a process that breaks down.
    private static LogfmtLine Plain(string text) => new() { Message = text, Level = LogLevel.Warning };

    private static string Value(ref ReadOnlySpan<char> rest)
    {
        if (rest.Length == 0 || rest[0] != '"')
        {
            var end = rest.IndexOf(' ');
            var plain = end < 0 ? rest : rest[..end];
            rest = rest[plain.Length..];
            return plain.ToString();
        }

        var value = new StringBuilder();
        var i = 1;
        for (; i < rest.Length && rest[i] != '"'; i++)
        {
            if (rest[i] == '\\' && i + 1 < rest.Length)
                value.Append(rest[++i] switch { 'n' => '\n', 'r' => '\r', var c => c });
            else
                value.Append(rest[i]);
        }

        rest = rest[Math.Min(i + 1, rest.Length)..];
        return value.ToString();
    }

    private void Take(string key, string value)
    {
        switch (key)
        {
            // Ours says when; a child is not a second slower.
            case "time":
                break;
            case "level":
                _hasLevel = true;
                Level = value switch
                {
                    "trace" => LogLevel.Trace,
                    "debug" => LogLevel.Debug,
                    "warning" => LogLevel.Warning,
                    "error" or "fatal" => LogLevel.Error,
                    _ => LogLevel.Information,
                };
                break;
            case "msg":
                Message = value;
                break;
            default:
                _fields.Add(new(key, value));
                break;
        }
    }
}
