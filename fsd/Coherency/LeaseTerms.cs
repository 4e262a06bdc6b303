namespace KataShimNet.Fsd.Coherency;

/// <summary>For how long a guest may believe what it is told, in nanoseconds.</summary>
/// <param name="Validity">What the guest is told; 0: nothing is granted.</param>
/// <param name="Margin">By how much longer others wait: a guest's clock may lag.</param>
/// <param name="Contention">For how long after a use by another nobody gets a lease.</param>
internal readonly record struct LeaseTerms(long Validity, long Margin, long Contention)
{
    /// <summary>The most that validity and margin together may be; times further off than twice that are a damaged table's.</summary>
    public const long Longest = 60 * BootClock.Second;

    /// <summary>The most that <see cref="Contention"/> may be.</summary>
    public const long LongestContention = 600 * BootClock.Second;
}
