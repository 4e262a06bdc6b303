using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Histories;

/// <summary>One call of one client, as worker/worker.h's <c>struct record</c> has it.</summary>
internal sealed record Record
{
    /// <summary>Bytes of <c>struct record</c>.</summary>
    public const int WireSize = 176;

    private const int ResultsAt = 48;
    private const int MaxUnits = 16;
    private const int MaxEntries = 8;

    /// <summary>Which client: 0 and up.</summary>
    public required int Client { get; init; }

    /// <summary>Which of its calls: 0 and up. With <see cref="Client"/> it names what the call makes.</summary>
    public required int Index { get; init; }

    public required Operation Operation { get; init; }

    /// <summary>The clock before the call.</summary>
    public required ulong Begin { get; init; }

    /// <summary>The clock after it.</summary>
    public required ulong End { get; init; }

    /// <summary>Which of the client's open files, for calls on one.</summary>
    public int Slot { get; init; }

    public NamePath Path { get; init; }

    /// <summary>The second path of link and rename.</summary>
    public NamePath Path2 { get; init; }

    /// <summary>What the call gave, or a negative errno.</summary>
    public int Result { get; init; }

    /// <summary>Mode, size or offset in units, flags of renameat2.</summary>
    public uint Argument { get; init; }

    /// <summary>Number of units asked for or written, <see cref="OpenWays"/>.</summary>
    public uint Argument2 { get; init; }

    /// <summary>The first unit written; the next ones count up from it.</summary>
    public ulong Stamp { get; init; }

    public StatResult Stat { get; init; }

    /// <summary>What was read.</summary>
    public ulong[] Units { get; init; } = [];

    public ListedName[] Names { get; init; } = [];

    /// <summary>Its error.</summary>
    public Errno Error => (Errno)Math.Max(0, -Result);

    public OpenWays Ways => (OpenWays)Argument2;

    /// <summary>Reads what a worker wrote.</summary>
    /// <param name="bytes"><see cref="WireSize"/> bytes.</param>
    /// <param name="client">Whose it is.</param>
    /// <param name="index">Which one.</param>
    public static Record Read(ReadOnlySpan<byte> bytes, int client, int index)
    {
        var results = bytes[ResultsAt..WireSize];
        var operation = (Operation)bytes[16];
        var result = MemoryMarshal.Read<int>(bytes[20..]);
        var count = MemoryMarshal.Read<int>(bytes[40..]);
        return new Record
        {
            Client = client,
            Index = index,
            Begin = MemoryMarshal.Read<ulong>(bytes),
            End = MemoryMarshal.Read<ulong>(bytes[8..]),
            Operation = operation,
            Slot = bytes[17],
            Path = new NamePath(bytes[18]),
            Path2 = new NamePath(bytes[19]),
            Result = result,
            Argument = MemoryMarshal.Read<uint>(bytes[24..]),
            Argument2 = MemoryMarshal.Read<uint>(bytes[28..]),
            Stamp = MemoryMarshal.Read<ulong>(bytes[32..]),
            Stat = result >= 0 && operation is Operation.Stat or Operation.Fstat ? MemoryMarshal.Read<StatResult>(results) : default,
            Units = operation is Operation.Read or Operation.Load ? MemoryMarshal.Cast<byte, ulong>(results)[..Math.Min(count, MaxUnits)].ToArray() : [],
            Names = operation is Operation.List ? MemoryMarshal.Cast<byte, ListedName>(results)[..Math.Min(count, MaxEntries)].ToArray() : [],
        };
    }

    /// <summary>The units that a write put down.</summary>
    public IEnumerable<ulong> Written() => Enumerable.Range(0, (int)Argument2).Select(i => Stamp + (ulong)i);
}
