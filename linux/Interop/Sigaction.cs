using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>struct sigaction of the C library on x86-64, and what goes with it (signal.h).</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public unsafe struct Sigaction
{
    /// <summary>Bytes.</summary>
    public const int Size = 152;

    /// <summary>Bytes of <see cref="Mask"/>.</summary>
    public const int MaskBytes = 128;

    /// <summary>Address of the handler.</summary>
    [FieldOffset(0)] public nint Handler;

    /// <summary>Signals that wait while it runs.</summary>
    [FieldOffset(8)] public fixed byte Mask[MaskBytes];

    /// <summary>SA_ bits.</summary>
    [FieldOffset(136)] public int Flags;

    /// <summary>Set by the C library.</summary>
    [FieldOffset(144)] public nint Restorer;
}
