using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Linq;
using System.Threading;
using KataShimNet.CoherencyTests.Histories;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>
/// Memory that the driver, the worker on the host and the workers in guests map: the clock, the rounds and the records (layout: struct header
/// of worker/worker.h). In a guest it is the BAR of an ivshmem device. Nothing of it goes through the file system under test.
/// </summary>
internal sealed unsafe class SharedArea : IDisposable
{
    /// <summary>Bytes of it all: AREA_SIZE.</summary>
    public const int Size = 8 << 20;

    /// <summary>Most calls of a client in a round, for its part of the memory.</summary>
    public const int MaxOperations = ClientSize / Record.WireSize;

    private const int ClientSize = 1 << 20;
    private const ulong Magic = 0x31796c6e6574614b;
    private const int RoundAt = 128;
    private const int StopAt = 132;
    private const int ClientsAt = 192;
    private const int ClientStride = 64;
    private const int DoneAt = 4;
    private const int ProgressAt = 8;
    private const int BusyAt = 12;
    private const int GateAt = 136;
    private const int LookedAt = 16;
    private const int LagAt = 20;
    private const int LongestAt = 24;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _memory;
    private readonly int _clients;
    private readonly int _operations;

    /// <summary>Makes the memory.</summary>
    /// <param name="clients">How many clients there will be.</param>
    /// <param name="operations">Calls of each in a round.</param>
    /// <param name="seed">Chooses the calls.</param>
    /// <param name="lead">A client is ahead of the slowest by at most a random number below this; 0 for no limit.</param>
    /// <param name="maps">Whether files are also mapped.</param>
    /// <param name="leasing">For how long guests may believe something; null for not at all.</param>
    public SharedArea(int clients, int operations, ulong seed, int lead, bool maps, Leasing? leasing = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(operations, MaxOperations);
        (_clients, _operations) = (clients, operations);
        // tmpfs: QEMU maps it as memory of the guest.
        Location = $"/dev/shm/katanet-coherency-{Guid.NewGuid():N}";
        _file = MemoryMappedFile.CreateFromFile(Location, FileMode.CreateNew, null, Size);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _memory);
        _view.Write(8, clients);
        _view.Write(12, operations);
        _view.Write(16, seed);
        _view.Write(24, lead);
        _view.Write(28, maps ? 1 : 0);
        _view.Write(32, leasing is null ? 0 : 1);
        _view.Write(36, leasing is { Host: true } ? (int)leasing.Believed.TotalMilliseconds : 0);
        _view.Write(0, Magic);
    }

    /// <summary>Path of the file behind it.</summary>
    public string Location { get; }

    /// <summary>Whether all clients have mapped it.</summary>
    public bool AreReady => All(0, 1);

    /// <summary>Whether all clients have ended a round.</summary>
    public bool AreDone(int round) => All(DoneAt, round);

    /// <summary>What every client has done, for a message: as long as it stays the same, nobody gets on.</summary>
    public string Describe() => $"round {Word(RoundAt)}, gate {(Word(GateAt) == 0 ? "open" : "closed")}: " + string.Join("; ", Enumerable.Range(0, _clients).Select(i =>
        $"client {i} {(Word(Client(i)) == 0 ? "has not begun" : $"ended round {Word(Client(i) + DoneAt)}, {Word(Client(i) + ProgressAt)} calls of this one{(Word(Client(i) + BusyAt) == 0 ? "" : ", in a call")}")}"));

    /// <summary>Begins a round: 1 and up.</summary>
    public void Begin(int round)
    {
        for (var i = 0; i < _clients; i++)
            Word(Client(i) + ProgressAt) = 0;
        Volatile.Write(ref Word(RoundAt), round);
    }

    /// <summary>Tells the clients to end.</summary>
    public void Stop() => Volatile.Write(ref Word(StopAt), 1);

    /// <summary>The records of a round that is over.</summary>
    public Record[] Records()
    {
        var records = new Record[_clients * _operations];
        for (var client = 0; client < _clients; client++)
        {
            for (var i = 0; i < _operations; i++)
            {
                var bytes = new ReadOnlySpan<byte>(_memory + ((client + 1) * ClientSize) + (i * Record.WireSize), Record.WireSize);
                records[(client * _operations) + i] = Record.Read(bytes, client, i);
            }
        }

        return records;
    }

    /// <summary>What a client in a guest noted beside its records, over all rounds.</summary>
    public LeaseUse Noted(int client) =>
        new((uint)Word(Client(client) + LookedAt), 0, 0, Word(Client(client) + LagAt) / 1000.0, Word(Client(client) + LongestAt) / 1000.0);

    /// <summary>Unmaps and removes it.</summary>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        File.Delete(Location);
    }

    private static int Client(int number) => ClientsAt + (number * ClientStride);

    private ref int Word(int at) => ref *(int*)(_memory + at);

    private bool All(int field, int value)
    {
        for (var i = 0; i < _clients; i++)
        {
            if (Volatile.Read(ref Word(Client(i) + field)) != value)
                return false;
        }

        return true;
    }
}
