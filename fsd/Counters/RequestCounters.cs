using System;
using System.Diagnostics;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Fuse;

namespace KataShimNet.Fsd.Counters;

/// <summary>
/// Requests that were answered, by opcode, with the time that they took. Each queue's thread has counters of its own, in cache lines of
/// their own: it counts without a lock, and whoever asks adds all of them up. Late answers, which are rare, share some.
/// </summary>
internal sealed class RequestCounters
{
    /// <summary>Opcodes that are told apart. Number 0, which FUSE has not, stands for all others.</summary>
    public const int Opcodes = 54;

    private const int Errors = 0;
    private const int Time = 1;
    private const int FirstBucket = 2;
    private const int RecordLength = FirstBucket + OpcodeNumbers.BucketCount;
    // A cache line before and after: no other object's data are in those that the values are in.
    private const int CacheLine = 64 / sizeof(long);
    private const int Moved = CacheLine + (Opcodes * RecordLength);

    private readonly long[] _values = new long[Moved + 2 + CacheLine];

    /// <summary>Bytes that READ took from files.</summary>
    public long BytesRead => Volatile.Read(ref _values[Moved]);

    /// <summary>Bytes that WRITE put into files.</summary>
    public long BytesWritten => Volatile.Read(ref _values[Moved + 1]);

    /// <summary>Counts an answer. Of one thread.</summary>
    /// <param name="tally">What was noted, with both times.</param>
    public void Count(in RequestTally tally)
    {
        var elapsed = Math.Max(0, tally.Ended - tally.Began);
        var record = Record(tally.Opcode);
        Add(ref record[FirstBucket + Bucket(elapsed)], 1);
        Add(ref record[Time], elapsed);
        if (tally.Failed)
            Add(ref record[Errors], 1);
        if (tally.Moved > 0)
            Add(ref MovedBy(tally.Opcode), tally.Moved);
    }

    /// <summary>Counts an answer that is given now. Of any thread.</summary>
    /// <param name="tally">What was noted, but its end.</param>
    public void CountLate(in RequestTally tally)
    {
        var elapsed = Math.Max(0, Stopwatch.GetTimestamp() - tally.Began);
        var record = Record(tally.Opcode);
        Interlocked.Increment(ref record[FirstBucket + Bucket(elapsed)]);
        Interlocked.Add(ref record[Time], elapsed);
        if (tally.Failed)
            Interlocked.Increment(ref record[Errors]);
        if (tally.Moved > 0)
            Interlocked.Add(ref MovedBy(tally.Opcode), tally.Moved);
    }

    /// <summary>Adds what was counted here to other counters, which nobody else counts with.</summary>
    public void AddTo(RequestCounters sum)
    {
        for (var i = CacheLine; i < _values.Length - CacheLine; i++)
            sum._values[i] += Volatile.Read(ref _values[i]);
    }

    /// <summary>The numbers of an opcode.</summary>
    /// <param name="opcode">The opcode, below <see cref="Opcodes"/>.</param>
    /// <param name="numbers">The numbers.</param>
    /// <returns>Whether there was such a request.</returns>
    public bool TryRead(uint opcode, out OpcodeNumbers numbers)
    {
        var record = Record(opcode);
        numbers = new OpcodeNumbers { Opcode = opcode, Errors = Volatile.Read(ref record[Errors]), Nanoseconds = Volatile.Read(ref record[Time]) };
        var any = 0L;
        for (var i = 0; i < OpcodeNumbers.BucketCount; i++)
            any |= numbers.Buckets[i] = Volatile.Read(ref record[FirstBucket + i]);
        return any != 0;
    }

    // .NET's ticks are nanoseconds on Linux (clock_gettime(2)).
    private static int Bucket(long nanoseconds)
    {
        var bounds = RequestMetrics.Bounds;
        var i = 0;
        while (i < bounds.Length && nanoseconds > bounds[i])
            i++;
        return i;
    }

    // Whole for whoever reads meanwhile: an aligned word.
    private static void Add(ref long value, long number) => Volatile.Write(ref value, value + number);

    private Span<long> Record(uint opcode) => _values.AsSpan(CacheLine + ((int)(opcode < Opcodes ? opcode : 0) * RecordLength), RecordLength);

    private ref long MovedBy(uint opcode) => ref _values[opcode == (uint)Opcode.Write ? Moved + 1 : Moved];
}
