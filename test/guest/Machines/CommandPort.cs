using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.TestGuest.Machines;

/// <summary>The host's end of the port that <c>Boot/serve.sh</c> reads: one command after the other, each with its output.</summary>
internal sealed class CommandPort : IDisposable
{
    // No text of a command has it: RS of ASCII.
    private const char Trailer = '\u001e';

    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;
    private int _commands;

    /// <summary>Takes ownership of a connected socket.</summary>
    public CommandPort(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new StreamReader(_stream, Encoding.UTF8);
    }

    /// <summary>Runs a script.</summary>
    /// <param name="script">For sh(1).</param>
    /// <param name="line">Receives each line of the output as it comes, or null: then the result has it.</param>
    /// <param name="cancel">Ends the waiting; the port is of no use afterwards.</param>
    /// <exception cref="EndOfStreamException">The machine ended.</exception>
    public async Task<GuestResult> RunAsync(string script, Action<string>? line, CancellationToken cancel)
    {
        string mark = $"end-{++_commands}-{Random.Shared.NextInt64():x}";
        string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(script));
        await _stream.WriteAsync(Encoding.ASCII.GetBytes($"{mark} {encoded}\n"), cancel).ConfigureAwait(false);
        var output = new StringBuilder();
        while (await _reader.ReadLineAsync(cancel).ConfigureAwait(false) is { } text)
        {
            int end = text.IndexOf($"{Trailer}{mark} ", StringComparison.Ordinal);
            string shown = end < 0 ? text : text[..end];
            if (line is null)
                output.Append(shown).Append(end < 0 ? "\n" : "");
            else if (end != 0)
                line(shown);
            if (end >= 0)
                return new GuestResult(int.Parse(text.AsSpan(text.LastIndexOf(' ') + 1), System.Globalization.CultureInfo.InvariantCulture), output.ToString());
        }
        throw new EndOfStreamException();
    }

    /// <summary>Hangs up: the guest powers off.</summary>
    public void Dispose() => _reader.Dispose();
}
