using System;
using System.Collections.Generic;
using KataShimNet.CoherencyTests.Histories;
using KataShimNet.CoherencyTests.Model;
using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Checking;

/// <summary>Writes a history down by hand: calls one after the other, or begun and ended apart.</summary>
internal sealed class HistoryBuilder
{
    private const int Clients = 3;

    private readonly List<Record> _calls = [];
    private readonly Record?[] _begun = new Record?[Clients];
    private ulong _clock;

    /// <summary>A call that nothing overlaps.</summary>
    public HistoryBuilder Call(int client, Operation operation, string path, string path2 = ".", int result = 0, uint argument = 0,
        uint argument2 = 0, int slot = 0, StatResult stat = default, ulong stamp = 0, ulong[]? units = null, ListedName[]? names = null) =>
        Begin(client, operation, path, path2, result, argument, argument2, slot, stat, stamp, units, names).End(client);

    /// <summary>A call that fails.</summary>
    public HistoryBuilder Fails(int client, Operation operation, string path, Errno error, string path2 = ".", uint argument = 0, uint argument2 = 0) =>
        Call(client, operation, path, path2, -(int)error, argument, argument2);

    /// <summary>A call begins; what it will give is known already.</summary>
    public HistoryBuilder Begin(int client, Operation operation, string path, string path2 = ".", int result = 0, uint argument = 0,
        uint argument2 = 0, int slot = 0, StatResult stat = default, ulong stamp = 0, ulong[]? units = null, ListedName[]? names = null)
    {
        _begun[client] = new Record
        {
            Client = client,
            Index = _calls.Count,
            Operation = operation,
            Begin = _clock++,
            End = 0,
            Path = NamePath.Of(path),
            Path2 = NamePath.Of(path2),
            Result = result,
            Argument = argument,
            Argument2 = argument2,
            Slot = slot,
            Stat = stat,
            Stamp = stamp,
            Units = units ?? [],
            Names = names ?? [],
        };
        return this;
    }

    /// <summary>The call that a client began ends.</summary>
    public HistoryBuilder End(int client)
    {
        _calls.Add(_begun[client]! with { End = _clock++ });
        return this;
    }

    /// <summary>What the checker says.</summary>
    /// <param name="guests">So many clients are in guests.</param>
    public Verdict Check(int guests = 0) => Checker.Check(_calls, Clients, new Rules(DistinctTimes: true, guests));

    /// <summary>stat of a file.</summary>
    public static StatResult File(ulong ino, int mode, uint links = 1, ulong size = 0, ulong mtime = 5, ulong ctime = 5) =>
        new(ino, size, mtime, ctime, (uint)(0x8000 | mode), links);

    /// <summary>stat of a folder.</summary>
    public static StatResult Folder(ulong ino, int mode, uint links = 2, ulong mtime = 5, ulong ctime = 5) =>
        new(ino, 4096, mtime, ctime, (uint)(0x4000 | mode), links);

    /// <summary>A mode as people write it.</summary>
    public static int Mode(string octal) => Convert.ToInt32(octal, 8);
}
