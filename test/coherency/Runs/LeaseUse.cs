using System.Collections.Generic;
using System.Linq;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.CoherencyTests.Histories;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>Whether guests did believe something. All numbers can be added.</summary>
/// <param name="Needed">
/// Attributes that guests' calls needed, at the least: those of the folder of the run for each path, for its x bit, and those that a stat gives.
/// </param>
/// <param name="Asked">GETATTR requests that their daemons had.</param>
/// <param name="Waits">Requests that waited for another guest's lease.</param>
/// <param name="LagMs">The most by which a guest's ticks lagged.</param>
/// <param name="LongestMs">The longest stat of a guest.</param>
internal readonly record struct LeaseUse(long Needed, long Asked, long Waits, double LagMs, double LongestMs)
{
    /// <summary>Attributes that were needed and not asked for: a guest believed what it had. Without leases there are none.</summary>
    public long Believed => Needed - Asked;

    /// <summary>What calls of guests needed.</summary>
    public static LeaseUse Of(IEnumerable<Record> calls, int guests) =>
        new(calls.Where(call => call.Client < guests).Sum(call => (IsOnPath(call) ? 1 : 0) + (IsStat(call) ? 1 : 0)), 0, 0, 0, 0);

    /// <summary>What a guest's daemon counted.</summary>
    public static LeaseUse Of(DaemonMetrics metrics) =>
        new(0, metrics.Requests.Where(request => request.Opcode == "getattr").Sum(request => request.Buckets.Sum()), metrics.Parked, 0, 0);

    public static LeaseUse operator +(LeaseUse a, LeaseUse b) =>
        new(a.Needed + b.Needed, a.Asked + b.Asked, a.Waits + b.Waits, double.Max(a.LagMs, b.LagMs), double.Max(a.LongestMs, b.LongestMs));

    public override string ToString() =>
        $"of {Needed} attributes that guests needed they believed {Believed}, {Waits} changes waited for a lease, ticks lagged up to {LagMs:F0} ms, a stat took up to {LongestMs:F0} ms";

    private static bool IsStat(Record call) => call is { Operation: Operation.Stat or Operation.Fstat, Result: >= 0 };

    private static bool IsOnPath(Record call) => call.Operation is not
        (Operation.Fstat or Operation.Read or Operation.Write or Operation.Fchmod or Operation.Ftruncate or Operation.Close or Operation.Load or Operation.Store);
}
