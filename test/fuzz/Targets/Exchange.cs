using System;
using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Rings;

namespace KataShimNet.Fuzz.Targets;

/// <summary>The memory of one request and its answer, with bytes behind the answer's room that must stay as they are.</summary>
internal sealed unsafe class Exchange : IDisposable
{
    private const int MostRequest = 65536;
    private const byte GuardByte = 0xC5;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private readonly byte* _request = (byte*)NativeMemory.Alloc(MostRequest);
    private readonly byte* _answer;
    private readonly int _guard;
    private readonly ManualResetEventSlim _ended = new();
    private int _length;
    private int _room;
    private uint _written;

    /// <summary>Takes memory.</summary>
    public Exchange(int mostRoom, int guard)
    {
        _guard = guard;
        _answer = (byte*)NativeMemory.Alloc((nuint)(mostRoom + guard));
        Chain = new DescriptorChain((_, written) => End(written));
    }

    /// <summary>The chain.</summary>
    public DescriptorChain Chain { get; }

    /// <summary>The request's operation, or 0 when it has none.</summary>
    public uint Opcode => _length >= 8 ? *(uint*)(_request + 4) : 0;

    /// <summary>What follows the answer's header, when it says success.</summary>
    public ReadOnlySpan<byte> Answer => _written > OutHeader.Size && *(int*)(_answer + 4) == 0
        ? new(_answer + OutHeader.Size, (int)_written - OutHeader.Size)
        : default;

    /// <summary>Puts a request into memory and makes the chain.</summary>
    /// <param name="request">The request.</param>
    /// <param name="room">Bytes for the answer.</param>
    /// <param name="pieces">Into how many pieces both are cut, less one.</param>
    public void Prepare(ReadOnlySpan<byte> request, int room, int pieces)
    {
        (_length, _room, _written) = (Math.Min(request.Length, MostRequest), room, 0);
        request[.._length].CopyTo(new Span<byte>(_request, MostRequest));
        new Span<byte>(_answer, room).Clear();
        new Span<byte>(_answer + room, _guard).Fill(GuardByte);
        _ended.Reset();
        Chain.Reset(0);
        Cut(_request, _length, pieces + 1, writable: false);
        Cut(_answer, room, pieces + 1, writable: true);
    }

    /// <summary>The request was given back.</summary>
    public void End(uint written)
    {
        _written = written;
        _ended.Set();
    }

    /// <summary>Waits for a request that was deferred, and checks its answer.</summary>
    public void AwaitEnd()
    {
        if (!_ended.Wait(s_limit))
            throw new FuzzException($"operation {Opcode} was never given back");
        CheckAnswer();
    }

    /// <summary>The answer has the form that a guest expects, and nothing behind its room was written.</summary>
    public void CheckAnswer()
    {
        if (new ReadOnlySpan<byte>(_answer + _room, _guard).ContainsAnyExcept(GuardByte))
            throw new FuzzException($"operation {Opcode}: bytes were written behind the room of {_room}");
        if (_written == 0)
            return;
        if (_written < OutHeader.Size || _written > _room)
            throw new FuzzException($"operation {Opcode}: an answer of {_written} bytes into {_room}");
        var header = MemoryMarshal.Read<OutHeader>(new ReadOnlySpan<byte>(_answer, OutHeader.Size));
        if (header.Length != _written || header.Error is > 0 or < -511 || (header.Error != 0 && _written != OutHeader.Size))
            throw new FuzzException($"operation {Opcode}: a header of {{len {header.Length}, error {header.Error}}} with {_written} bytes");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Chain.Dispose();
        _ended.Dispose();
        NativeMemory.Free(_request);
        NativeMemory.Free(_answer);
    }

    private void Cut(byte* start, int length, int pieces, bool writable)
    {
        var step = Math.Max(1, (length + pieces - 1) / pieces);
        for (var at = 0; at < length; at += step)
            _ = Chain.TryAdd(start + at, (uint)Math.Min(step, length - at), writable);
    }
}
