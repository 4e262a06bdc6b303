using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Coherency;

/// <summary>A daemon of the node. Written by its keeper while it registers, and by whoever finds it dead.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct DaemonSlot
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 128;

    /// <summary>Longest name of a socket, in bytes, without its NUL.</summary>
    public const int MostSocketName = 63;

    /// <summary>Grows with each daemon that takes the slot and with each that dies in it; 0: never used. What bears an older one is nobody's.</summary>
    [FieldOffset(0)] public uint Generation;

    /// <summary>Grows with each worker of the daemon.</summary>
    [FieldOffset(4)] public uint WorkerGeneration;

    /// <summary>Process id of the keeper, for people: its sign of life is the lock of its byte.</summary>
    [FieldOffset(8)] public int Pid;

    /// <summary>Length of the socket's name.</summary>
    [FieldOffset(12)] public int SocketNameLength;

    /// <summary>When the keeper started: field 22 of /proc/PID/stat.</summary>
    [FieldOffset(16)] public ulong StartTime;

    /// <summary>The last generation that a worker was given: one that died before it began had one too.</summary>
    [FieldOffset(24)] public uint WorkerStarts;

    /// <summary>Name of the daemon's socket for its peers, in the coherency directory: the first byte of 64.</summary>
    [FieldOffset(64)] public byte SocketName;
}
