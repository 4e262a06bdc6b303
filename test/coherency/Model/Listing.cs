using System;
using KataShimNet.CoherencyTests.Histories;
using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>open, getdents64 to the end and close of a folder that was found (phase 2).</summary>
internal static class Listing
{
    /// <summary>Lists.</summary>
    public static Configuration? List(Turn turn)
    {
        if (turn.At.Phase is not (2 or 3))
            return null;
        var folder = turn.State[turn.At.Target];
        if (!folder.IsFolder)
            return turn.Fail(Errno.ENOTDIR);
        if (turn.At.Phase == 2)
            return turn.Go(turn.At with { Phase = 3, Seen = SeenNames.None.With(folder) });
        // A folder that was removed while it was open is empty, or says that it is gone.
        if (turn.Call.Error == Errno.ENOENT && folder.IsRemoved)
            return turn.Fail(Errno.ENOENT);
        return turn.Succeeds() ? Compare(turn, turn.At.Seen!) : null;
    }

    private static Configuration? Compare(Turn turn, SeenNames seen)
    {
        var state = turn.State;
        for (var name = 1; name <= NamePath.Names; name++)
        {
            if (!Array.Exists(turn.Call.Names, listed => listed.Name == name) && !seen.Has(name, 0))
                return turn.Differs($"{NamePath.Letter(name)} is there all the time");
        }

        foreach (var listed in turn.Call.Names)
        {
            if (listed.Name is 0 or > NamePath.Names || Match(state, listed, seen.Of(listed.Name)) is not { } node)
                return turn.Differs(Expected(turn.State, seen, listed.Name));
            state = state.With(node with { Ino = listed.Ino });
        }

        return turn.Done(state);
    }

    private static string Expected(FsState state, SeenNames seen, byte name) =>
        $"{NamePath.Letter(name)} is never that: {string.Join(", ", Array.ConvertAll(seen.Of(name), id => $"{state[id]}"))}";

    private static Node? Match(FsState state, ListedName listed, int[] possible)
    {
        Node? unknown = null;
        foreach (var id in possible)
        {
            var node = state[id];
            if (node.IsFolder != (listed.Type == ListedName.Folder))
                continue;
            if (node.Ino == listed.Ino)
                return node;
            if (node.Ino == 0 && !state.IsTaken(listed.Ino, id))
                unknown = node;
        }

        return unknown;
    }
}
