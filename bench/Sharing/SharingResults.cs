using System.Collections.Generic;
using KataShimNet.Bench.Files;

namespace KataShimNet.Bench.Sharing;

/// <summary>What sharing between pods costs; what was not asked for is null.</summary>
/// <param name="Inside">fio on data that fit into the window.</param>
/// <param name="Beyond">fio on data that do not.</param>
/// <param name="Window">A mapping's cost.</param>
/// <param name="Calls">Single calls, with leases and without.</param>
/// <param name="Devices">Either device.</param>
/// <param name="Table">With the node's table (ours) and without (theirs).</param>
public sealed record SharingResults(
    FioComparison? Inside, FioComparison? Beyond, WindowCosts? Window, IReadOnlyList<CallTimes>? Calls, DeviceCosts? Devices, FileResults? Table);
