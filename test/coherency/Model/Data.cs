using System;
using KataShimNet.CoherencyTests.Histories;
using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>Reads, writes and truncations of a node that was found (phase 2).</summary>
internal static class Data
{
    private const int UnitBytes = 8;

    /// <summary>truncate, ftruncate.</summary>
    public static Configuration? Truncate(Turn turn)
    {
        if (turn.At.Phase is < 2 or > 4)
            return null;
        var node = turn.State[turn.At.Target];
        if (turn.Call.Operation == Operation.Ftruncate && !turn.State.Open(turn.Call.Client, turn.Call.Slot).Ways.HasFlag(OpenWays.Writable))
            return turn.Fail(Errno.EINVAL);
        if (node.IsFolder)
            return turn.Fail(Errno.EISDIR);
        return Change(turn, node, node.WithSize((int)turn.Call.Argument)) ?? Finish(turn, node, turn.State);
    }

    /// <summary>pread of the worker: the size is looked at first and the bytes are copied then, as Linux does without a lock.</summary>
    public static Configuration? Read(Turn turn)
    {
        if (turn.At.Phase is not (2 or 3))
            return null;
        var node = turn.State[turn.At.Target];
        if (node.IsFolder)
            return turn.Fail(Errno.EISDIR);
        if (!turn.Succeeds())
            return null;
        if (turn.At.Phase == 2)
            return turn.Go(turn.At with { Phase = 3, Size = node.Units.Length });
        var at = (int)turn.Call.Argument;
        var length = Math.Clamp(turn.At.Size - at, 0, (int)turn.Call.Argument2);
        if (turn.Call.Result != length * UnitBytes)
            return turn.Differs($"{length * UnitBytes} bytes");
        for (var i = 0; i < length; i++)
        {
            // Cut off since its size was looked at: what was there reads as zero.
            var unit = at + i < node.Units.Length ? node.Units[at + i] : 0;
            if (turn.Call.Units[i] != unit)
                return turn.Differs(turn.IsAsked ? $"unit {at + i} is {HistoryText.Unit(unit)}" : "");
        }

        return turn.Done(turn.State);
    }

    /// <summary>pwrite of the worker.</summary>
    public static Configuration? Write(Turn turn)
    {
        if (turn.At.Phase is < 2 or > 4)
            return null;
        var node = turn.State[turn.At.Target];
        var ways = turn.State.Open(turn.Call.Client, turn.Call.Slot).Ways;
        if (!ways.HasFlag(OpenWays.Writable))
            return turn.Fail(Errno.EBADF);
        if (!turn.Succeeds())
            return null;
        if (turn.Call.Result != turn.Call.Argument2 * UnitBytes)
            return turn.Differs($"{turn.Call.Argument2 * UnitBytes} bytes are written");
        var at = ways.HasFlag(OpenWays.AtEnd) ? node.Units.Length : (int)turn.Call.Argument;
        return Change(turn, node, node.WithUnits(at, [.. turn.Call.Written()])) ?? Finish(turn, node, turn.State);
    }

    /// <summary>
    /// Takes the lock of a file (phase 2) and changes it (3). Its times move some time before or after its content does (4), and a stat
    /// without the lock sees the one without the other.
    /// </summary>
    /// <param name="turn">The step.</param>
    /// <param name="node">The file.</param>
    /// <param name="changed">The file as it is then.</param>
    /// <param name="locked">Whether it takes the lock.</param>
    /// <returns>Null in phase 4, and when the call has to wait.</returns>
    public static Configuration? Change(Turn turn, Node node, Node changed, bool locked = true) => turn.At.Phase switch
    {
        2 when (locked && turn.IsHeld(node.Id)) || !turn.Succeeds() => null,
        2 => turn.Go(turn.At with { Phase = 3, Held = locked ? new Held(node.Id) : default }, turn.State.With(node.StartChange())),
        // Of the same size, the times move in some truncations and not in others.
        3 => turn.Go(turn.At with { Phase = 4, Size = turn.Call.Operation == Operation.Write || changed.Units.Length != node.Units.Length ? 1 : 0 }, turn.State.With(changed)),
        _ => null,
    };

    /// <summary>Ends what <see cref="Change"/> began (phase 4).</summary>
    public static Configuration? Finish(Turn turn, Node node, FsState state) => turn.At.Phase != 4 ? null
        : turn.Done(state.With(node.FinishChange(turn.DistinctTimes && turn.At.Size != 0)));
}
