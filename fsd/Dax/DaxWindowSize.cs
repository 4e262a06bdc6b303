using System;
using System.Globalization;
using System.Numerics;

namespace KataShimNet.Fsd.Dax;

/// <summary>Sizes that a DAX window can have. QEMU 11.1 aborts on any other: it takes powers of two, and at most 512 regions of memory.</summary>
internal static class DaxWindowSize
{
    /// <summary>Bytes of the range by which Linux guests map (FUSE_DAX_SZ): the smallest window.</summary>
    public const long Range = 2 << 20;

    /// <summary>Largest window: 256 ranges, so that a guest cannot drive its QEMU beyond 512 regions.</summary>
    public const long Most = 512 << 20;

    /// <summary>What is offered unless told otherwise: few enough regions that a new one costs QEMU 3 ms.</summary>
    public const long Default = 128 << 20;

    /// <summary>Reads a size: a number of bytes, or with K, M or G behind it.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is none, or not one that can be; the message says what can.</exception>
    public static long Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var shift = text.Length > 0 ? char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 } : 0;
        if (!long.TryParse(shift > 0 ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > Most)
            throw Refused(text);
        var size = number << shift;
        return size is >= Range and <= Most && BitOperations.IsPow2(size) ? size : throw Refused(text);
    }

    private static FormatException Refused(string text) =>
        new($"{text}: a power of two from {Range >> 20}M to {Most >> 20}M is possible");
}
