namespace KataShimNet.Bench.Files.Measuring;

/// <summary>What one round of a load gave.</summary>
/// <param name="Units">Operations, or directory entries.</param>
/// <param name="Seconds">Time taken.</param>
/// <param name="ProcessorNanoseconds">Processor time of the daemon, all its processes and threads.</param>
/// <param name="MedianNanoseconds">Half of the operations took less.</param>
/// <param name="P99Nanoseconds">99 of 100 operations took less.</param>
internal readonly record struct Round(long Units, double Seconds, long ProcessorNanoseconds, double MedianNanoseconds, double P99Nanoseconds)
{
    public double Rate => Units / Seconds;

    public double ProcessorPerUnit => (double)ProcessorNanoseconds / Units;
}
