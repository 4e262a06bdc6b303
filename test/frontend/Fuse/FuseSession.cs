using System;
using System.Threading;
using KataShimNet.VhostFrontEnd.Rings;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>Carries bytes to the daemon and back: guest buffers in front of and behind the request, with guard bytes around what the device may write.</summary>
public sealed class FuseSession
{
    private const int Guard = 16;
    private const byte GuardByte = 0xC5;

    private long _unique;

    /// <summary>Uses the queues of a front end that was started.</summary>
    public FuseSession(FrontEnd frontEnd) => FrontEnd = frontEnd;

    /// <summary>The device.</summary>
    public FrontEnd FrontEnd { get; }

    /// <summary>What INIT settled, once it was called.</summary>
    public FuseInit? Init { get; internal set; }

    /// <summary>A number that no request has had.</summary>
    public ulong NextUnique() => (ulong)Interlocked.Add(ref _unique, 2);

    /// <summary>Sends bytes in pieces and waits for the used buffer.</summary>
    /// <param name="queue">Number of the queue.</param>
    /// <param name="readable">What the device reads.</param>
    /// <param name="readableSizes">Sizes of its pieces; the last one is repeated. Empty for one piece.</param>
    /// <param name="room">Bytes that the device may write.</param>
    /// <param name="writableSizes">Sizes of their pieces; the last one is repeated. Empty for one piece.</param>
    /// <param name="what">What is sent, for messages.</param>
    /// <exception cref="TimeoutException">The daemon did not use the buffer.</exception>
    /// <exception cref="FrontEndException">It wrote outside of what it was given.</exception>
    public RawReply Exchange(
        int queue, ReadOnlySpan<byte> readable, ReadOnlySpan<int> readableSizes, int room, ReadOnlySpan<int> writableSizes, string what)
    {
        var memory = FrontEnd.Memory;
        var input = memory.Allocate((ulong)readable.Length);
        var output = memory.Allocate((ulong)(room + 2 * Guard));
        readable.CopyTo(memory.Span(input, readable.Length));
        memory.Span(output, room + 2 * Guard).Fill(GuardByte);
        var segments = new Segment[Pieces(readable.Length, readableSizes) + Pieces(room, writableSizes)];
        var used = Cut(segments, input, readable.Length, readableSizes, writable: false);
        _ = Cut(segments.AsSpan(used), output + Guard, room, writableSizes, writable: true);

        var target = FrontEnd.Queues[queue];
        var pending = target.Submit(segments);
        if (!target.TryWait(pending, FrontEnd.Options.Timeout))
            throw new TimeoutException($"{what}: no used buffer on queue {queue} within {FrontEnd.Options.Timeout.TotalSeconds} s");
        var bytes = memory.Span(output + Guard, room).ToArray();
        var intact = IsIntact(memory.Span(output, Guard)) && IsIntact(memory.Span(output + Guard + (ulong)room, Guard));
        memory.Free(input);
        memory.Free(output);
        if (!intact)
            throw new FrontEndException($"{what}: the device wrote outside of the buffer it was given");
        if (pending.Written > room)
            throw new FrontEndException($"{what}: the device says it wrote {pending.Written} bytes into {room}");
        return new RawReply(pending.Written, bytes);
    }

    private static bool IsIntact(ReadOnlySpan<byte> guard) => !guard.ContainsAnyExcept(GuardByte);

    private static int Pieces(int length, ReadOnlySpan<int> sizes)
    {
        var count = 0;
        for (var i = 0; length > 0; count++, i++)
            length -= sizes.IsEmpty ? length : Math.Min(length, sizes[Math.Min(i, sizes.Length - 1)]);
        return count;
    }

    private static int Cut(Span<Segment> target, ulong address, int length, ReadOnlySpan<int> sizes, bool writable)
    {
        var count = 0;
        while (length > 0)
        {
            var size = sizes.IsEmpty ? length : Math.Min(length, sizes[Math.Min(count, sizes.Length - 1)]);
            target[count++] = new Segment(address, (uint)size, writable);
            address += (ulong)size;
            length -= size;
        }

        return count;
    }
}
