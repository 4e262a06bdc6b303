using System;
using System.Buffers;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.EndToEndTests.Commands;

/// <summary>What has come on a stream so far; it can be looked at while more is coming.</summary>
internal sealed class CapturedStream
{
    private readonly Lock _gate = new();
    // Guarded by _gate.
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>Reads a stream to its end.</summary>
    public async Task FillAsync(Stream source)
    {
        byte[] buffer = new byte[65536];
        for (int count; (count = await source.ReadAsync(buffer)) > 0;)
        {
            lock (_gate)
            {
                _bytes.Write(buffer.AsSpan(0, count));
            }
        }
    }

    /// <summary>A copy of what has come.</summary>
    public byte[] ToArray()
    {
        lock (_gate)
        {
            return _bytes.WrittenSpan.ToArray();
        }
    }
}
