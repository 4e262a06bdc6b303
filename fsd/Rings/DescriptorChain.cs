using System;
using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.Counters;
using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings.Inflight;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Rings;

/// <summary>
/// One request as the guest laid it out: memory that the device may read, then memory that it may write, already translated
/// and checked against the memory map. Pooled by its queue; nothing is allocated per request.
/// </summary>
/// <remarks>
/// The guest can change the memory at any time: what decides anything is copied first (<see cref="CopyFrom"/>), then checked,
/// then used. The chain is owned by the queue thread until its processor returns, or, when it returns
/// <see cref="IRequestProcessor.Deferred"/>, by whoever completes it.
/// </remarks>
public sealed unsafe class DescriptorChain : IDisposable
{
    /// <summary>Most segments in either direction; a longer chain is refused by the ring.</summary>
    public const int MaxSegments = 1024;

    private readonly IoVec* _readable;
    private readonly IoVec* _writable;
    private readonly Action<DescriptorChain, uint>? _complete;

    // Where the mark of the request in hand is: in the memory of its ring, or, outside of any ring, in our own.
    private readonly RequestMark* _ownMark;
    private RequestMark* _mark;

    /// <summary>What is counted of the request.</summary>
    internal RequestTally Tally;

    /// <summary>Whose turn it is with this chain, for its queue.</summary>
    internal ChainTurn Turn;

    /// <summary>Makes an empty chain.</summary>
    /// <param name="complete">Called by <see cref="Complete"/>: puts the chain into the used ring. Callable from any thread.</param>
    public DescriptorChain(Action<DescriptorChain, uint>? complete = null)
    {
        _complete = complete;
        _readable = (IoVec*)NativeMemory.Alloc(MaxSegments, (nuint)sizeof(IoVec));
        _writable = (IoVec*)NativeMemory.Alloc(MaxSegments, (nuint)sizeof(IoVec));
        _ownMark = (RequestMark*)NativeMemory.AllocZeroed(1, RequestMark.TotalSize);
        _mark = _ownMark;
    }

    /// <summary>Memory that is held for a deferred request. For its queue.</summary>
    internal MemoryTable? Held { get; set; }

    /// <summary>Which life of the ring the request belongs to. For its queue.</summary>
    internal int Incarnation { get; set; }

    /// <summary>Bytes written, of a request that was completed before its queue knew that it was deferred. For its queue.</summary>
    internal uint Written { get; set; }

    /// <summary>Entries of its ring.</summary>
    public int RingSize { get; internal set; }

    /// <summary>Index of the head descriptor, the request's name in the ring; of a packed ring: of its in-flight record.</summary>
    public ushort Head { get; set; }

    /// <summary>Whether a worker died while the request was in flight: its effect may have been applied already.</summary>
    public bool IsReplayed { get; internal set; }

    /// <summary>Whether so many workers died on the request that it is not to be tried again.</summary>
    internal bool IsPoisoned { get; set; }

    /// <summary>How far the effect of a replayed request got.</summary>
    internal EffectState Effect => _mark->Effect;

    /// <summary>A number that says more of it; void while nothing was begun.</summary>
    internal ulong EffectDetail => _mark->Detail;

    /// <summary>Number of readable segments.</summary>
    public int ReadableCount { get; private set; }

    /// <summary>Number of writable segments.</summary>
    public int WritableCount { get; private set; }

    /// <summary>Bytes in all readable segments.</summary>
    public ulong ReadableBytes { get; private set; }

    /// <summary>Bytes in all writable segments.</summary>
    public ulong WritableBytes { get; private set; }

    /// <summary>The readable segments, for readv(2)-like calls after <see cref="SliceReadable"/>.</summary>
    public ReadOnlySpan<IoVec> Readable => new(_readable, ReadableCount);

    /// <summary>The writable segments.</summary>
    public ReadOnlySpan<IoVec> Writable => new(_writable, WritableCount);

    /// <summary>Empties the chain for the next request.</summary>
    /// <param name="head">Its head descriptor.</param>
    public void Reset(ushort head)
    {
        Head = head;
        ReadableCount = WritableCount = 0;
        ReadableBytes = WritableBytes = 0;
    }

    /// <summary>Adds a segment.</summary>
    /// <param name="address">Host address, checked to be inside a memory region for the whole length.</param>
    /// <param name="length">Bytes; 0 is left out.</param>
    /// <param name="writable">Whether the device may write it.</param>
    /// <returns>False when the chain is full.</returns>
    public bool TryAdd(void* address, uint length, bool writable)
    {
        if (length == 0)
            return true;
        if ((writable ? WritableCount : ReadableCount) == MaxSegments)
            return false;
        var segment = new IoVec { Base = address, Length = length };
        if (writable)
        {
            _writable[WritableCount++] = segment;
            WritableBytes += length;
        }
        else
        {
            _readable[ReadableCount++] = segment;
            ReadableBytes += length;
        }

        return true;
    }

    /// <summary>Copies bytes of the readable part out of guest memory.</summary>
    /// <param name="offset">Where to start, from the first readable byte.</param>
    /// <param name="target">Receives the bytes.</param>
    /// <returns>Bytes copied: fewer than asked for when the part ends.</returns>
    public int CopyFrom(ulong offset, Span<byte> target)
    {
        var copied = 0;
        for (var i = 0; i < ReadableCount && copied < target.Length; i++)
        {
            var length = (ulong)_readable[i].Length;
            if (offset >= length)
            {
                offset -= length;
                continue;
            }

            var count = (int)Math.Min(length - offset, (ulong)(target.Length - copied));
            new ReadOnlySpan<byte>((byte*)_readable[i].Base + offset, count).CopyTo(target[copied..]);
            copied += count;
            offset = 0;
        }

        return copied;
    }

    /// <summary>Copies bytes into the writable part.</summary>
    /// <param name="offset">Where to start, from the first writable byte.</param>
    /// <param name="source">The bytes.</param>
    /// <returns>Bytes copied: fewer than given when the part ends.</returns>
    public int CopyTo(ulong offset, ReadOnlySpan<byte> source)
    {
        var copied = 0;
        for (var i = 0; i < WritableCount && copied < source.Length; i++)
        {
            var length = (ulong)_writable[i].Length;
            if (offset >= length)
            {
                offset -= length;
                continue;
            }

            var count = (int)Math.Min(length - offset, (ulong)(source.Length - copied));
            source.Slice(copied, count).CopyTo(new Span<byte>((byte*)_writable[i].Base + offset, count));
            copied += count;
            offset = 0;
        }

        return copied;
    }

    /// <summary>Segments of the readable part from an offset on, for pwritev(2) straight from guest memory.</summary>
    /// <param name="offset">Where to start.</param>
    /// <param name="length">Most bytes.</param>
    /// <param name="target">Receives the segments; room for <see cref="MaxSegments"/>.</param>
    /// <returns>Number of segments.</returns>
    public int SliceReadable(ulong offset, ulong length, Span<IoVec> target) => Slice(Readable, offset, length, target);

    /// <summary>Segments of the writable part from an offset on, for preadv(2) straight into guest memory.</summary>
    /// <param name="offset">Where to start.</param>
    /// <param name="length">Most bytes.</param>
    /// <param name="target">Receives the segments; room for <see cref="MaxSegments"/>.</param>
    /// <returns>Number of segments.</returns>
    public int SliceWritable(ulong offset, ulong length, Span<IoVec> target) => Slice(Writable, offset, length, target);

    /// <summary>Notes that the request's effect is about to be applied, or was: whoever replays it finds that.</summary>
    /// <param name="state">How far it got.</param>
    /// <param name="detail">A number of the operation's own.</param>
    internal void NoteEffect(EffectState state, ulong detail = 0)
    {
        _mark->Detail = detail;
        Volatile.Write(ref *(byte*)&_mark->Effect, (byte)state);
    }

    /// <summary>Sets where the request's mark is.</summary>
    /// <param name="mark">The mark.</param>
    internal void SetMark(RequestMark* mark) => _mark = mark;

    /// <summary>Notes that the request left its queue's thread.</summary>
    internal void NoteDeferred() => Volatile.Write(ref _mark->Phase, RequestMark.Deferred);

    /// <summary>Notes that it is worked on.</summary>
    internal void NoteRunning() => Volatile.Write(ref _mark->Phase, RequestMark.Running);

    /// <summary>Ends a request that was deferred.</summary>
    /// <param name="written">Bytes written to the writable part, from its start.</param>
    public void Complete(uint written)
    {
        // Before the answer: who sees it may ask for the counters.
        Tally.Late?.CountLate(Tally);
        _complete?.Invoke(this, written);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_readable);
        NativeMemory.Free(_writable);
        NativeMemory.Free(_ownMark);
    }

    private static int Slice(ReadOnlySpan<IoVec> segments, ulong offset, ulong length, Span<IoVec> target)
    {
        var count = 0;
        foreach (var segment in segments)
        {
            if (length == 0)
                break;
            var size = (ulong)segment.Length;
            if (offset >= size)
            {
                offset -= size;
                continue;
            }

            var take = Math.Min(size - offset, length);
            target[count++] = new IoVec { Base = (byte*)segment.Base + offset, Length = (nuint)take };
            length -= take;
            offset = 0;
        }

        return count;
    }
}
