namespace KataShimNet.Bench.Sharing;

/// <summary>How a comparison is to be made, and with what.</summary>
/// <param name="Tree">The node's tree.</param>
/// <param name="Tools">What <c>deploy/node/tools.sh</c> built.</param>
/// <param name="Rounds">How often.</param>
/// <param name="Seconds">Of a run of fio.</param>
/// <param name="Filter">Part of the names of loads to measure; empty for all.</param>
public sealed record SharingRun(string Tree, string Tools, int Rounds, double Seconds, string Filter);
