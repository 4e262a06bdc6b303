using System;
using System.Collections.Generic;
using System.Text;

namespace KataShimNet.Shim.Sandboxes.Children;

/// <summary>Splits what a program writes into lines and keeps the last of them, for error messages.</summary>
/// <param name="maxChars">Most characters that are kept.</param>
/// <param name="onLine">Called for each whole line, without its line feed; may be null.</param>
internal sealed class TextTail(int maxChars, Action<string>? onLine = null)
{
    private const int MaxLine = 4096;

    private readonly object _gate = new();
    // Guarded by _gate.
    private readonly Queue<string> _lines = new();
    private int _chars;
    private readonly StringBuilder _unfinished = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly char[] _decoded = new char[1024];

    /// <summary>Adds bytes as they came.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            while (bytes.Length > 0)
            {
                _decoder.Convert(bytes, _decoded, flush: false, out var used, out var count, out _);
                bytes = bytes[used..];
                foreach (var c in _decoded.AsSpan(0, count))
                    Add(c);
            }
        }
    }

    /// <summary>The lines that are kept, oldest first, also one that is not finished yet.</summary>
    public List<string> Lines()
    {
        lock (_gate)
        {
            var lines = new List<string>(_lines);
            if (_unfinished.Length > 0)
                lines.Add(_unfinished.ToString());
            return lines;
        }
    }

    private void Add(char c)
    {
        if (c == '\n' || _unfinished.Length >= MaxLine)
        {
            var line = _unfinished.ToString();
            _unfinished.Clear();
            if (line.Length > 0)
                Keep(line);
        }

        // Terminal control characters would reach the reader's terminal through the error text.
        if (c == '\t' || !char.IsControl(c))
            _unfinished.Append(c);
    }

    private void Keep(string line)
    {
        onLine?.Invoke(line);
        _lines.Enqueue(line);
        _chars += line.Length;
        while (_chars > maxChars && _lines.TryDequeue(out var oldest))
            _chars -= oldest.Length;
    }
}
