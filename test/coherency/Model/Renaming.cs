using System;
using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>renameat2, with the checks in the order of fs/namei.c.</summary>
internal static class Renaming
{
    private const uint NoReplace = 1;
    private const uint ExchangeFlag = 2;
    private const int GuestLookedUp = 20;

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
            // The order of ext4_rename; a stat that needs no lock sees what is between.
            3 => turn.Go(turn.At with { Phase = 4 }, CountReplaced(turn)),
            4 => turn.Go(turn.At with { Phase = 5 }, CountFolders(turn, turn.At.Folder)),
            5 => turn.Go(turn.At with { Phase = 6 }, CountFolders(turn, turn.At.Folder2)),
            6 => turn.Done(Moved(turn)),
            GuestLookedUp => AsGuest(turn),
            _ => null,
        };
    }

    /// <summary>
    /// What a guest may do instead: its kernel looks the two names up one after the other, and refuses by what it saw, or finds one file twice
    /// and has nothing to do (README.md, "What differs in a guest").
    /// </summary>
    public static Configuration? Otherwise(Turn turn)
    {
        if (turn.At.Phase != 2)
            return null;
        var old = turn.State[turn.At.Folder].Entries[turn.Call.Path.Name];
        return old == 0 ? null : turn.Go(turn.At with { Phase = GuestLookedUp, Target = old });
    }

    private static Configuration? AsGuest(Turn turn)
    {
        var replaced = turn.State[turn.At.Folder2].Entries[turn.Call.Path2.Name];
        if (turn.Call.Error == Errno.ESTALE && turn.At.Folder != turn.At.Folder2)
            return turn.State[turn.At.Target].IsFolder || (replaced != 0 && turn.State[replaced].IsFolder) ? turn.Fail(Errno.ESTALE) : null;
        var refusal = Refusal(turn, turn.State[turn.At.Folder], turn.State[turn.At.Folder2], turn.At.Target, replaced);
        return refusal != Errno.None ? turn.Fail(refusal) : replaced == turn.At.Target ? turn.Done(turn.State) : null;
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
        foreach (var folder in (ReadOnlySpan<int>)[from.Id, to.Id])
            state = state.With(state[folder].StartChange());
        foreach (var moved in (ReadOnlySpan<int>)[old, replaced])
        {
            if (moved != 0)
                state = state.With(Names.Started(state[moved]));
        }

        var counts = state[old].IsFolder || replaced != 0;
        var held = new Held(from.Id, to.Id == from.Id ? 0 : to.Id, old, replaced);
        return turn.Go(turn.At with { Phase = counts ? 3 : 6, Target = old, Held = held }, state);
    }

    private static FsState CountReplaced(Turn turn)
    {
        var replaced = turn.State[turn.At.Folder2].Entries[turn.Call.Path2.Name];
        return replaced == 0 || turn.Call.Argument == ExchangeFlag ? turn.State : turn.State.With(Names.Dropped(turn.State[replaced]));
    }

    // How many folders one of the two folders has more or less than before.
    private static FsState CountFolders(Turn turn, int id)
    {
        var state = turn.State;
        var replaced = state[turn.At.Folder2].Entries[turn.Call.Path2.Name];
        var source = state[turn.At.Target].IsFolder ? 1 : 0;
        var target = replaced != 0 && state[replaced].IsFolder ? 1 : 0;
        if (turn.At.Folder == turn.At.Folder2)
            return turn.At.Phase == 5 || turn.Call.Argument == ExchangeFlag ? state : state.With(state[id] with { Links = state[id].Links - target });
        var into = turn.At.Phase == 5 ? source - target : (turn.Call.Argument == ExchangeFlag ? target : 0) - source;
        return state.With(state[id] with { Links = state[id].Links + into });
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
