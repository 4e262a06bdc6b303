namespace KataShimNet.CoherencyTests.Model;

/// <summary>What differs between hosts.</summary>
/// <param name="DistinctTimes">A time that was looked at is not given to a later change (multigrain timestamps, Linux 6.13).</param>
/// <param name="Guests">So many clients, from the first one on, are in guests.</param>
internal sealed record Rules(bool DistinctTimes, int Guests = 0);
