using KataShimNet.CoherencyTests.Histories;
using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>open and close.</summary>
internal static class Opening
{
    private const int Making = 10;

    /// <summary>open of a node that was found (phase 2).</summary>
    public static Configuration? Open(Turn turn)
    {
        if (turn.At.Phase is < 2 or > 4)
            return null;
        var node = turn.State[turn.At.Target];
        var ways = turn.Call.Ways;
        if (node.IsFolder && (ways.HasFlag(OpenWays.Writable) || ways.HasFlag(OpenWays.Make)))
            return turn.Fail(Errno.EISDIR);
        if (!turn.Succeeds())
            return null;
        if (ways.HasFlag(OpenWays.Empty))
            return Data.Change(turn, node, node.WithSize(0)) ?? Data.Finish(turn, node, Opened(turn, turn.State, node.Id));
        return turn.Done(Opened(turn, turn.State, node.Id));
    }

    /// <summary>open with O_CREAT, when the folder was found (phase 1).</summary>
    public static Configuration? Make(Turn turn)
    {
        if (turn.At.Phase == 0)
            return null;
        if (turn.At.Phase is 2 or 3 or 4)
            return Open(turn);
        var folder = turn.State[turn.At.Folder];
        var name = turn.Call.Path.Name;
        if (turn.At.Phase == Making)
        {
            var made = new Node(Names.NewId(turn.Call), false) { Mode = (int)turn.Call.Argument };
            var state = turn.State.With(folder.WithEntry(name, made.Id).FinishChange(false)).With(made);
            return turn.Done(Opened(turn, state, made.Id));
        }

        if (folder.Entries[name] != 0)
        {
            return turn.Call.Ways.HasFlag(OpenWays.Alone) ? turn.Fail(Errno.EEXIST)
                : turn.Go(turn.At with { Phase = 2, Target = folder.Entries[name] });
        }

        if (folder.IsRemoved)
            return turn.Fail(Errno.ENOENT);
        return turn.IsHeld(folder.Id) || !turn.Succeeds() ? null
            : turn.Go(turn.At with { Phase = Making, Held = new Held(folder.Id) }, turn.State.With(folder.StartChange()));
    }

    /// <summary>close.</summary>
    public static Configuration? Close(Turn turn) => turn.Done(turn.State.WithOpen(turn.Call.Client, turn.Call.Slot, default));

    private static FsState Opened(Turn turn, FsState state, int id) =>
        state.WithOpen(turn.Call.Client, turn.Call.Slot, new OpenFile(id, turn.Call.Ways));
}
