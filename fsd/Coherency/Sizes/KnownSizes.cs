using System.Threading;

namespace KataShimNet.Fsd.Coherency.Sizes;

/// <summary>
/// What our guest knows of the sizes of files, by node id: a table in which files may push one another out. What it says may be nothing, and then the
/// guest is told in vain; it is never more than the guest knows. Of any thread, without a lock.
/// </summary>
/// <remarks>
/// While the guest has a file open only its own changes count, and what it is known to have asked for: of the answers to two processes that ask at once
/// Linux drops one, and nobody here sees which. What it was told when it looked the name up counts until then.
/// <code>
/// bit 63      held: the guest has the file open
/// bits 48–62  which node it is, of those that share the cell
/// bits 0–47   the size; all ones: not known
/// </code>
/// </remarks>
internal sealed class KnownSizes
{
    private const int CellBits = 13;
    private const int TagShift = 48;
    private const ulong Held = 1ul << 63;
    private const ulong TagMask = 0x7ffful << TagShift;
    private const ulong Unknown = (1ul << TagShift) - 1;

    private readonly ulong[] _cells = new ulong[1 << CellBits];

    /// <summary>The guest is told a size, and may take it or not.</summary>
    /// <param name="node">The node id.</param>
    /// <param name="size">The size.</param>
    public void Told(ulong node, ulong size)
    {
        ref var cell = ref Cell(node);
        var before = Volatile.Read(ref cell);
        if (!IsOf(before, node) || (before & Held) == 0)
            Interlocked.CompareExchange(ref cell, Tag(node) | (size & Unknown), before);
    }

    /// <summary>The guest opens a file.</summary>
    /// <param name="node">The node id.</param>
    public void Hold(ulong node)
    {
        ref var cell = ref Cell(node);
        var before = Volatile.Read(ref cell);
        Interlocked.CompareExchange(ref cell, Held | (IsOf(before, node) ? before : Tag(node) | Unknown), before);
    }

    /// <summary>The guest has closed it.</summary>
    /// <param name="node">The node id.</param>
    public void Release(ulong node)
    {
        ref var cell = ref Cell(node);
        var before = Volatile.Read(ref cell);
        if (IsOf(before, node))
            Interlocked.CompareExchange(ref cell, before & ~Held, before);
    }

    /// <summary>The guest has written up to an end: it takes the file for that long at least.</summary>
    /// <param name="node">The node id.</param>
    /// <param name="end">The end.</param>
    public void Reached(ulong node, ulong end)
    {
        ref var cell = ref Cell(node);
        ulong before;
        // What is not known is all ones, and so not below.
        while (IsOf(before = Volatile.Read(ref cell), node) && (before & Unknown) < (end & Unknown))
            Interlocked.CompareExchange(ref cell, (before & ~Unknown) | (end & Unknown), before);
    }

    /// <summary>The guest has set the size.</summary>
    /// <param name="node">The node id.</param>
    /// <param name="size">The size.</param>
    public void Set(ulong node, ulong size)
    {
        ref var cell = ref Cell(node);
        ulong before;
        do
            before = Volatile.Read(ref cell);
        while (Interlocked.CompareExchange(ref cell, (IsOf(before, node) ? before & Held : 0) | Tag(node) | (size & Unknown), before) != before);
    }

    /// <summary>What there is of a node, for <see cref="Confirm"/>.</summary>
    /// <param name="node">The node id.</param>
    public ulong Read(ulong node) => Volatile.Read(ref Cell(node));

    /// <summary>Whether the guest knows that a file is so long.</summary>
    /// <param name="node">The node id.</param>
    /// <param name="size">The size.</param>
    public bool Knows(ulong node, ulong size) => Says(Read(node), node, size);

    /// <summary>Whether it knew.</summary>
    /// <param name="known">What <see cref="Read"/> gave.</param>
    /// <param name="node">The node id.</param>
    /// <param name="size">The size.</param>
    public static bool Says(ulong known, ulong node, ulong size) => (known & ~Held) == (Tag(node) | (size & Unknown)) && IsOf(known, node);

    /// <summary>The guest has asked for the size of a file that it has open, and taken the answer, unless it has changed the file itself meanwhile.</summary>
    /// <param name="node">The node id.</param>
    /// <param name="before">What <see cref="Read"/> gave before the size was read.</param>
    /// <param name="size">The size, as it was before the guest asked.</param>
    public void Confirm(ulong node, ulong before, ulong size) =>
        Interlocked.CompareExchange(ref Cell(node), Held | Tag(node) | (size & Unknown), before);

    private static ulong Hash(ulong node) => node * 0x9e37_79b9_7f4a_7c15;

    private static ulong Tag(ulong node) => (Hash(node) << (TagShift - 32)) & TagMask;

    private static bool IsOf(ulong cell, ulong node) => cell != 0 && (cell & TagMask) == Tag(node);

    private ref ulong Cell(ulong node) => ref _cells[Hash(node) >> (64 - CellBits)];
}
