using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Rings.Inflight;

/// <summary>How far the effect of a request got, as the worker noted it before and after it changed anything.</summary>
internal enum EffectState : byte
{
    /// <summary>Nothing was begun.</summary>
    None,
    /// <summary>The change is about to be made; whether it was is to be found out.</summary>
    Begun,
    /// <summary>The change was made.</summary>
    Applied,
}

/// <summary>
/// What is kept of a request beside the in-flight record that vhost-user defines: how often a worker died on it, and whether its
/// effect was applied. In shared memory, one per head; void unless the head is in flight.
/// <code>
/// 0       1        2        3   4              8
/// | phase | deaths | effect | – | first death  | detail |
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct RequestMark
{
    /// <summary>Bytes of a mark.</summary>
    public const int TotalSize = 16;

    /// <summary>Phase: a queue thread works on it.</summary>
    public const byte Running = 1;

    /// <summary>Phase: it waits, or runs elsewhere: a death of the worker is not its fault.</summary>
    public const byte Deferred = 2;

    /// <summary>The first eight bytes at once: a new request, running, without deaths or effect.</summary>
    [FieldOffset(0)] public ulong Start;

    /// <summary><see cref="Running"/>, <see cref="Deferred"/>, or 0 for one that waits to be done again.</summary>
    [FieldOffset(0)] public byte Phase;

    /// <summary>Workers that died while it was running, since <see cref="FirstDeath"/>.</summary>
    [FieldOffset(1)] public byte Deaths;

    /// <summary>How far its effect got.</summary>
    [FieldOffset(2)] public EffectState Effect;

    /// <summary>When the first of those workers died: seconds of the boot's clock.</summary>
    [FieldOffset(4)] public uint FirstDeath;

    /// <summary>A number that says more of the effect; its meaning is the operation's.</summary>
    [FieldOffset(8)] public ulong Detail;
}
