using System;
using KataShimNet.Hostile.Guests;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.Hostile.Cases;

/// <summary>Kind of handle that an operation takes.</summary>
internal enum HandleKind
{
    None,
    File,
    Folder,
}

/// <summary>A request that succeeds, and where in it the things are that attacks replace.</summary>
/// <param name="Opcode">Operation.</param>
/// <param name="Node">Its node.</param>
/// <param name="Fixed">The fixed part of its arguments.</param>
/// <param name="Payload">Least bytes of its answer's payload; the answer fits into as many, when there are any.</param>
internal sealed record GoodRequest(FuseOpcode Opcode, Func<Guest, ulong> Node, Func<Guest, WireWriter> Fixed, int Payload = 0)
{
    /// <summary>Names that follow the fixed part.</summary>
    public string[] Names { get; init; } = [];

    /// <summary>Bytes that follow the names.</summary>
    public byte[] Tail { get; init; } = [];

    /// <summary>Kind of the handle.</summary>
    public HandleKind Handle { get; init; }

    /// <summary>Where the handle is in the arguments.</summary>
    public int HandleAt { get; init; }

    /// <summary>Where a second node is in the arguments, or −1.</summary>
    public int OtherNodeAt { get; init; } = -1;

    /// <summary>Whether it changes files.</summary>
    public bool Changes { get; init; }

    /// <summary>What tells it from others of its opcode.</summary>
    public string Note { get; init; } = "";

    /// <summary>Its name in the name of a case.</summary>
    public string Title => Note.Length == 0 ? Opcode.ToString() : $"{Opcode} ({Note})";

    /// <summary>All arguments.</summary>
    public byte[] Arguments(Guest guest)
    {
        var arguments = Fixed(guest);
        foreach (var name in Names)
            arguments.Name(name);
        return arguments.Bytes(Tail).ToArray();
    }

    /// <summary>Arguments with one of the names replaced by bytes, which have a zero at their end or not.</summary>
    public byte[] WithName(Guest guest, int which, byte[] bytes)
    {
        var arguments = Fixed(guest);
        for (var i = 0; i < Names.Length; i++)
            _ = i == which ? arguments.Bytes(bytes) : arguments.Name(Names[i]);
        return arguments.Bytes(Tail).ToArray();
    }

    /// <summary>Room of the writable part that is enough.</summary>
    public int Room => FuseClient.OutHeaderSize + Math.Max(Payload, 4096);
}
