namespace KataShimNet.Fsd.Memory;

/// <summary>The pages of which memory maps are made.</summary>
internal static class Pages
{
    /// <summary>Bytes of one.</summary>
    public const long Size = 4096;

    /// <summary>Where the first page begins that does not lie before a position; the largest number stands for all that are past the last one.</summary>
    /// <param name="position">The position.</param>
    public static long Up(long position) => position > long.MaxValue - (Size - 1) ? long.MaxValue : (position + Size - 1) & ~(Size - 1);
}
