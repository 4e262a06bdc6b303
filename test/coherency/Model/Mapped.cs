using KataShimNet.CoherencyTests.Histories;
using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>A load or a store through a shared memory map of an open file's first page (phase 2).</summary>
internal static class Mapped
{
    /// <summary>Maps, touches a unit once, unmaps.</summary>
    public static Configuration? Touch(Turn turn)
    {
        if (turn.At.Phase is < 2 or > 4)
            return null;
        var node = turn.State[turn.At.Target];
        if (node.IsFolder)
            return turn.Fail(Errno.ENODEV);
        // A page that is wholly behind the end: SIGBUS.
        if (node.Units.Length == 0 && turn.At.Phase is 2 or 3 && turn.Call.Error != Errno.None)
            return turn.Fail(Errno.EFAULT);
        if (!turn.Succeeds())
            return null;
        if (turn.Call.Operation == Operation.Load)
            return Load(turn, node);
        if (turn.At.Phase == 3 && node.Units.Length == 0)
            return turn.Differs("there is nothing to store into");
        // The fault moves the times, and the bytes follow when the processor comes to them; other changes may lie between.
        return Data.Change(turn, node, node.WithUnits(0, [turn.Call.Stamp]), locked: false) ?? Data.Finish(turn, node, turn.State);
    }

    // Behind the end, but in its page, there are zeros.
    private static Configuration? Load(Turn turn, Node node)
    {
        var at = (int)turn.Call.Argument;
        var unit = at < node.Units.Length ? node.Units[at] : 0;
        if (node.Units.Length > 0 && turn.Call.Units[0] == unit)
            return turn.Done(turn.State);
        return turn.Differs(turn.IsAsked ? $"unit {at} is {(node.Units.Length > 0 ? HistoryText.Unit(unit) : "behind the end")}" : "");
    }
}
