using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>renameat2, with the checks in the order of fs/namei.c.</summary>
internal static class Renaming
{
    private const uint NoReplace = 1;
    private const uint ExchangeFlag = 2;

    /// <summary>renameat2, when the folder of the first path was found (phase 1).</summary>
    public static Configuration? Rename(Turn turn)
    {
        if (turn.At.Phase == 1)
        {
            var folder = Steps.FolderOf(turn.State, turn.Call.Path2, out var errno);
            return folder == 0 ? turn.Fail(errno) : turn.Go(turn.At with { Phase = 2, Folder2 = folder });
        }

        return turn.At.Phase switch
        {
            2 => Begin(turn),
            3 => turn.Done(Moved(turn)),
            _ => null,
        };
    }

    private static Configuration? Begin(Turn turn)
    {
        var state = turn.State;
        Node from = state[turn.At.Folder], to = state[turn.At.Folder2];
        int old = from.Entries[turn.Call.Path.Name], replaced = to.Entries[turn.Call.Path2.Name];
        if (Refusal(turn, from, to, old, replaced) is var errno and not Errno.None)
            return turn.Fail(errno);
        if (old == replaced)
            return turn.Done(state);
        if (turn.IsHeld(from.Id) || turn.IsHeld(to.Id) || turn.IsHeld(old) || turn.IsHeld(replaced) || !turn.Succeeds())
            return null;
        var source = state[old];
        var exchange = turn.Call.Argument == ExchangeFlag;
        state = state.With(from.StartChange());
        state = state.With(state[to.Id].StartChange()).With(source.IsFolder ? source.StartChange() : source with { Ctime = source.Ctime.Start() });
        if (replaced != 0)
        {
            var target = state[replaced];
            state = state.With(!exchange ? Names.Dropped(target) : target.IsFolder ? target.StartChange() : target with { Ctime = target.Ctime.Start() });
            if (target.IsFolder && exchange)
                state = Count(Count(state, to.Id, -1), from.Id, +1);
        }

        if (source.IsFolder)
            state = Count(replaced != 0 && !exchange ? state : Count(state, to.Id, +1), from.Id, -1);
        return turn.Go(turn.At with { Phase = 3, Held = new Held(from.Id, to.Id == from.Id ? 0 : to.Id, old, replaced) }, state);
    }

    private static Errno Refusal(Turn turn, Node from, Node to, int old, int replaced)
    {
        var exchange = turn.Call.Argument == ExchangeFlag;
        if (old == 0)
            return Errno.ENOENT;
        if (replaced != 0 && turn.Call.Argument == NoReplace)
            return Errno.EEXIST;
        if (replaced == 0 && (exchange || to.IsRemoved))
            return Errno.ENOENT;
        if (from.Id != to.Id && IsAbove(turn.State, old, to.Id))
            return Errno.EINVAL;
        if (from.Id != to.Id && replaced != 0 && IsAbove(turn.State, replaced, from.Id))
            return exchange ? Errno.EINVAL : Errno.ENOTEMPTY;
        if (replaced == 0 || exchange || old == replaced)
            return Errno.None;
        Node source = turn.State[old], target = turn.State[replaced];
        if (source.IsFolder != target.IsFolder)
            return source.IsFolder ? Errno.ENOTDIR : Errno.EISDIR;
        return target.IsEmpty ? Errno.None : Errno.ENOTEMPTY;
    }

    private static FsState Moved(Turn turn)
    {
        var state = turn.State;
        int from = turn.At.Folder, to = turn.At.Folder2;
        int old = state[from].Entries[turn.Call.Path.Name], replaced = state[to].Entries[turn.Call.Path2.Name];
        var exchange = turn.Call.Argument == ExchangeFlag;
        state = state.With(state[from].WithEntry(turn.Call.Path.Name, exchange ? replaced : 0));
        state = state.With(state[to].WithEntry(turn.Call.Path2.Name, old));
        state = state.With(state[from].FinishChange(false));
        state = state.With(state[to].FinishChange(false)).With(Into(turn, state[old], to));
        return replaced == 0 ? state : state.With(Into(turn, state[replaced], exchange ? from : state[replaced].Parent));
    }

    private static Node Into(Turn turn, Node node, int folder) =>
        Names.Finished(turn, node.IsFolder ? node with { Parent = folder } : node);

    private static FsState Count(FsState state, int id, int change) => state.With(state[id] with { Links = state[id].Links + change });

    private static bool IsAbove(FsState state, int node, int folder)
    {
        for (var at = folder; at != 0; at = at == Node.Root ? 0 : state[at].Parent)
        {
            if (at == node)
                return true;
        }

        return false;
    }
}
