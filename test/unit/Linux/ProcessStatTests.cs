using System;
using KataShimNet.Linux;
using Xunit;

namespace KataShimNet.UnitTests.Linux;

public sealed class ProcessStatTests
{
    [Fact]
    public void ANameMayHoldWhatSeparatesFields() =>
        Assert.Equal(
            new ProcessStat('Z', 12, 34, 3, 5678, 90),
            ProcessStat.Parse("7 (a) S 1 (b) Z 1 7 7 0 -1 4194560 1 2 3 4 12 34 0 0 20 0 3 0 5678 1000000 90 18446744073709551615 1"));

    [Fact]
    public void OurOwnProcessRuns()
    {
        ProcessStat stat = ProcessStat.Read(Environment.ProcessId)!;
        Assert.False(stat.HasEnded);
        Assert.InRange(stat.ResidentPages, 1000UL, 10_000_000UL);
        Assert.InRange(stat.UserTime + stat.SystemTime, 1UL, 10_000_000UL);
    }

    [Fact]
    public void AProcessThatIsNotThereHasNone() => Assert.Null(ProcessStat.Read(4_194_304));
}
