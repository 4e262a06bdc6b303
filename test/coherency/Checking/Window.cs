using System.Collections.Generic;
using System.Linq;
using KataShimNet.CoherencyTests.Histories;

namespace KataShimNet.CoherencyTests.Checking;

/// <summary>Chooses the calls that somebody wants to see who looks for the cause of a violation.</summary>
internal static class Window
{
    private const int Before = 14;

    /// <summary>The last calls on the names of a call, and all that were under way with it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="calls">The whole history.</param>
    public static IReadOnlyList<Record> Of(Record call, IEnumerable<Record> calls)
    {
        var shown = new List<Record>();
        var names = new HashSet<byte>();
        var slots = new HashSet<(int Client, int Slot)>();
        Follow(call, names, slots);
        var related = 0;
        foreach (var earlier in calls.Where(other => other.Begin <= call.End).OrderByDescending(other => other.End))
        {
            if (earlier.End >= call.Begin)
            {
                shown.Add(earlier);
            }
            else if (related < Before && (Touches(earlier, names) || slots.Contains((earlier.Client, earlier.Slot)) && IsOnSlot(earlier)))
            {
                shown.Add(earlier);
                related++;
                Follow(earlier, names, slots);
            }
        }

        return [.. shown.OrderBy(other => other.Begin)];
    }

    private static bool IsOnSlot(Record call) =>
        call.Operation is Operation.Read or Operation.Load or Operation.Store or Operation.Write or Operation.Fstat or Operation.Fchmod or Operation.Ftruncate
            or Operation.Open or Operation.Close;

    private static bool Touches(Record call, HashSet<byte> names)
    {
        if (IsOnSlot(call) && call.Operation != Operation.Open)
            return false;
        return Parts(call).Any(names.Contains);
    }

    private static void Follow(Record call, HashSet<byte> names, HashSet<(int Client, int Slot)> slots)
    {
        if (IsOnSlot(call))
            slots.Add((call.Client, call.Slot));
        // A name that is only looked at leads nowhere else.
        if (!IsOnSlot(call) || call.Operation == Operation.Open)
            names.UnionWith(Parts(call));
    }

    private static IEnumerable<byte> Parts(Record call)
    {
        yield return call.Path.Code;
        if (call.Path.Folder != 0)
            yield return (byte)call.Path.Folder;
        if (call.Operation is not (Operation.Link or Operation.Rename))
            yield break;
        yield return call.Path2.Code;
        if (call.Path2.Folder != 0)
            yield return (byte)call.Path2.Folder;
    }
}
