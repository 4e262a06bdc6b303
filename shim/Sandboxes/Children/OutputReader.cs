using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Sandboxes.Children;

/// <summary>Reads what comes out of a socket, text for people, until its end.</summary>
internal sealed class OutputReader : IDisposable
{
    private readonly SocketStream _stream;
    private readonly TextTail _tail;

    private OutputReader(OwnedFd ours, int keepChars, Action<string>? onLine)
    {
        _stream = new SocketStream(ours);
        _tail = new TextTail(keepChars, onLine);
        Ended = ReadAsync();
    }

    /// <summary>Completes at the end of the output: when nobody holds the other end any more.</summary>
    public Task Ended { get; }

    /// <summary>Makes a pair of sockets and reads one.</summary>
    /// <param name="keepChars">How much is kept for <see cref="Lines"/>.</param>
    /// <param name="onLine">Called for each line.</param>
    /// <returns>The reader, and the end for the writer, which the caller owns.</returns>
    public static (OutputReader Reader, OwnedFd Writer) Create(int keepChars, Action<string>? onLine)
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        return (new OutputReader(ours, keepChars, onLine), theirs);
    }

    /// <summary>The last lines that came, oldest first.</summary>
    public List<string> Lines() => _tail.Lines();

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private async Task ReadAsync()
    {
        var buffer = new byte[4096];
        try
        {
            int count;
            while ((count = await _stream.ReadAsync(buffer).ConfigureAwait(false)) > 0)
                _tail.Append(buffer.AsSpan(0, count));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The end, told differently.
        }
    }
}
