using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Worker.Channel;

/// <summary>What the keeper asks of the worker. Each request is one packet and gets one answer before the next is sent.</summary>
internal enum ChannelOperation : uint
{
    /// <summary>Answers once the worker serves.</summary>
    Ping = 1,
    /// <summary>Replaces guest memory: as many <see cref="RegionRecord"/> as descriptors.</summary>
    SetMemory,
    /// <summary>Adds a region: a <see cref="RegionRecord"/> and its descriptor.</summary>
    AddRegion,
    /// <summary>Removes a region: a <see cref="RegionRecord"/>.</summary>
    RemoveRegion,
    /// <summary>Sets the memory of in-flight records; no queue runs: an <see cref="Rings.Inflight.InflightShape"/>, the region's descriptor, and at first that of the marks.</summary>
    SetInflight,
    /// <summary>Starts a queue: a <see cref="QueueStart"/> and its descriptors.</summary>
    StartQueue,
    /// <summary>Stops a queue; the answer's value is where it goes on.</summary>
    StopQueue,
    /// <summary>Turns a queue on (value 1) or off (0).</summary>
    EnableQueue,
    /// <summary>Sets a queue's call descriptor, or takes it away when none comes along.</summary>
    SetCall,
    /// <summary>Forgets every inode and open file; no queue runs.</summary>
    Reset,
    /// <summary>Adds an export: value is class and policy (<see cref="ExportValue"/>), payload its name in UTF-8, one descriptor. The answer is its index, and as data its cookie (8 bytes).</summary>
    AddExport,
    /// <summary>Adds an export where it was in an earlier worker: index is its place, payload its cookie (8 bytes) and its name; else as AddExport.</summary>
    RestoreExport,
    /// <summary>Hands descriptors of an earlier worker over: payload is their numbers there, 4 bytes each.</summary>
    TakeDescriptors,
    /// <summary>Takes up the tables of an earlier worker; its exports and descriptors are there.</summary>
    Recover,
    /// <summary>Removes an export: payload is its name.</summary>
    RemoveExport,
    /// <summary>Promises the guest nothing any more of what others may change; answers when all promises have run out.</summary>
    SuspendLeases,
    /// <summary>Promises again.</summary>
    ResumeLeases,
    /// <summary>Asks for counters; the answer's payload is three 64-bit numbers.</summary>
    Status,
    /// <summary>Asks for all numbers but those of requests: a <see cref="Counters.ServerNumbers"/>.</summary>
    Numbers,
    /// <summary>Asks for the numbers of requests, from the opcode on that is the index: as many <see cref="Counters.OpcodeNumbers"/> as fit; the answer's value is the opcode to go on with, or 0.</summary>
    RequestNumbers,

    /// <summary>Of the worker to the keeper: maps a part of a file into the DAX window: a <see cref="MapRecord"/> and the file.</summary>
    MapFile = 64,
    /// <summary>Of the worker to the keeper: takes away what a part of the window has: value is its first byte, payload its length (8 bytes).</summary>
    UnmapRange,
    /// <summary>Of the worker to the keeper: the guest's driver begins anew; nothing is mapped for it.</summary>
    UnmapAll,
    /// <summary>Of the worker to the keeper: a file that guests map is about to be cut: a <see cref="Coherency.Peers.CutRecord"/> and the file.</summary>
    BeginCut = 96,
    /// <summary>Of the worker to the keeper: the cut that was begun on this channel is made, or is not to be made.</summary>
    EndCut,
    /// <summary>Of the worker to the keeper: a file has grown: a <see cref="Coherency.Peers.CutRecord"/> and the file.</summary>
    FileGrown,
    /// <summary>Of the worker to the keeper: guests of other daemons are to ask for the sizes of their open files of a bucket, which is the index.</summary>
    TellOthers = 112,
    /// <summary>Of the worker to the keeper: our guest is to, for it opens one.</summary>
    TellOurGuest,
}

/// <summary>Start of a request on the channel between keeper and worker; a payload may follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct ChannelRequest
{
    /// <summary>Bytes of the start.</summary>
    public const int TotalSize = 16;

    /// <summary>Most bytes of a packet, either way.</summary>
    public const int MaxPacket = 4096;

    /// <summary>What is asked for.</summary>
    [FieldOffset(0)] public ChannelOperation Operation;

    /// <summary>The queue.</summary>
    [FieldOffset(4)] public uint Index;

    /// <summary>A number that depends on the operation.</summary>
    [FieldOffset(8)] public ulong Value;
}

/// <summary>Start of an answer; the message of an error, or data, may follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct ChannelReply
{
    /// <summary>Bytes of the start.</summary>
    public const int TotalSize = 16;

    /// <summary>0, or an error number.</summary>
    [FieldOffset(0)] public int Errno;

    /// <summary>A number that depends on the operation.</summary>
    [FieldOffset(8)] public ulong Value;
}

/// <summary>A region of guest memory.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct RegionRecord
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 32;

    /// <summary>Where the guest sees it.</summary>
    [FieldOffset(0)] public ulong GuestAddress;

    /// <summary>Bytes.</summary>
    [FieldOffset(8)] public ulong Size;

    /// <summary>Where the front end sees it.</summary>
    [FieldOffset(16)] public ulong UserAddress;

    /// <summary>Where it starts in its file.</summary>
    [FieldOffset(24)] public ulong FileOffset;
}

/// <summary>What the worker asks to be mapped.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct MapRecord
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 40;

    /// <summary>Flag: mapped for writing too. The file's descriptor allows it.</summary>
    public const uint Writable = 1;

    /// <summary>Flag: the guest asked to write, and blocks are allocated up to the file's end.</summary>
    public const uint Stored = 2;

    /// <summary>First byte in the window.</summary>
    [FieldOffset(0)] public long Offset;

    /// <summary>Bytes.</summary>
    [FieldOffset(8)] public long Length;

    /// <summary>First byte in the file.</summary>
    [FieldOffset(16)] public long FileOffset;

    /// <summary>Index of the export.</summary>
    [FieldOffset(24)] public uint Export;

    /// <summary>Flags.</summary>
    [FieldOffset(28)] public uint Flags;

    /// <summary>The longest that the guest may take the file for.</summary>
    [FieldOffset(32)] public long Believed;
}

/// <summary>All that a queue needs to start. Descriptors come in the order kick, call, error.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct QueueStart
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 48;

    /// <summary>Flag: on from the start.</summary>
    public const ushort Enabled = 1;

    /// <summary>Flag: a call descriptor comes along.</summary>
    public const ushort HasCall = 2;

    /// <summary>Flag: an error descriptor comes along.</summary>
    public const ushort HasError = 4;

    /// <summary>Flag: its records are only made ready, so that it can be started, however often, from what they say.</summary>
    public const ushort Prepare = 16;

    /// <summary>Flag: it goes on from its in-flight records, whatever its base.</summary>
    public const ushort Resume = 8;

    /// <summary>Descriptor table, an address of the front end.</summary>
    [FieldOffset(0)] public ulong Descriptors;

    /// <summary>Available ring, an address of the front end.</summary>
    [FieldOffset(8)] public ulong Available;

    /// <summary>Used ring, an address of the front end.</summary>
    [FieldOffset(16)] public ulong Used;

    /// <summary>Virtio features in force.</summary>
    [FieldOffset(24)] public ulong Features;

    /// <summary>Entries of the ring.</summary>
    [FieldOffset(32)] public ushort Size;

    /// <summary>Flags.</summary>
    [FieldOffset(34)] public ushort Flags;

    /// <summary>Where it begins: a vring base.</summary>
    [FieldOffset(36)] public uint Base;
}
