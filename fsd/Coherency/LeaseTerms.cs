using System;
using System.Globalization;

namespace KataShimNet.Fsd.Coherency;

/// <summary>For how long a guest may believe what it is told, in nanoseconds.</summary>
/// <remarks>
/// The defaults: a guest that asks once a second for what it uses all the time asks hardly at all, and the first change by another pod, or what a
/// host process changes, waits no longer than people do without wondering. The margin is for a guest whose clock lags: its kernel compares
/// with a tick count that one processor keeps, and that stands still while the host has other work for that processor.
/// </remarks>
/// <param name="Validity">What the guest is told; 0: nothing is granted.</param>
/// <param name="Margin">By how much longer others wait: a guest's clock may lag.</param>
/// <param name="Contention">For how long after a use by another nobody gets a lease.</param>
internal readonly record struct LeaseTerms(long Validity, long Margin, long Contention)
{
    /// <summary>The most that validity and margin together may be; times further off than twice that are a damaged table's.</summary>
    public const long Longest = 60 * BootClock.Second;

    /// <summary>The most that <see cref="Contention"/> may be.</summary>
    public const long LongestContention = 600 * BootClock.Second;

    /// <summary>One second, one more as margin, and ten of contention.</summary>
    public static LeaseTerms Default { get; } = new(BootClock.Second, BootClock.Second, 10 * BootClock.Second);

    /// <summary>As a word of a command line: three numbers of milliseconds.</summary>
    public string ToWord() => string.Create(
        CultureInfo.InvariantCulture, $"{Validity / BootClock.Millisecond},{Margin / BootClock.Millisecond},{Contention / BootClock.Millisecond}");

    /// <summary>Reads such a word.</summary>
    /// <exception cref="FormatException">It is none, or a number is out of range.</exception>
    public static LeaseTerms FromWord(string word)
    {
        var numbers = word.Split(',');
        if (numbers.Length == 3
            && long.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var validity)
            && long.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var margin)
            && long.TryParse(numbers[2], NumberStyles.None, CultureInfo.InvariantCulture, out var contention)
            && validity <= 30_000 && margin <= 30_000 && contention <= LongestContention / BootClock.Millisecond)
            return new LeaseTerms(validity * BootClock.Millisecond, margin * BootClock.Millisecond, contention * BootClock.Millisecond);
        throw new FormatException($"{word}: validity, margin (up to 30000 each) and contention (up to 600000) in milliseconds are possible, such as 1000,1000,10000");
    }
}
