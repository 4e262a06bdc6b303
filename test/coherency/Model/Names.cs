using KataShimNet.CoherencyTests.Histories;
using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>
/// What makes and removes names. The host moves times and counts links first and changes the name then, while others read without
/// locks: so each is several steps, and a stat in between sees the one without the other.
/// </summary>
internal static class Names
{
    /// <summary>The id of what a call makes.</summary>
    public static int NewId(Record call) => ((call.Client + 1) << 20) + call.Index;

    /// <summary>unlink and rmdir, when the folder was found (phase 1).</summary>
    public static Configuration? Remove(Turn turn, bool folder)
    {
        if (turn.At.Phase is < 1 or > 3)
            return null;
        var parent = turn.State[turn.At.Folder];
        var name = turn.Call.Path.Name;
        if (turn.At.Phase == 2)
        {
            var counted = turn.State.With(parent with { Links = folder ? parent.Links - 1 : parent.Links }).With(Dropped(turn.State[turn.At.Target]));
            return turn.Go(turn.At with { Phase = 3 }, counted);
        }

        if (turn.At.Phase == 3)
        {
            var gone = turn.State[parent.Entries[name]];
            return turn.Done(turn.State.With(parent.WithEntry(name, 0).FinishChange(false)).With(Finished(turn, gone)));
        }

        var id = parent.Entries[name];
        if (id == 0)
            return turn.Fail(Errno.ENOENT);
        var node = turn.State[id];
        if (node.IsFolder != folder)
            return turn.Fail(folder ? Errno.ENOTDIR : Errno.EISDIR);
        if (!node.IsEmpty)
            return turn.Fail(Errno.ENOTEMPTY);
        // Only what succeeds waits for locks: a guest's kernel refuses by what a lookup says.
        if (turn.IsHeld(parent.Id) || turn.IsHeld(id) || !turn.Succeeds())
            return null;
        var state = turn.State.With(parent.StartChange()).With(Started(node));
        return turn.Go(turn.At with { Phase = 2, Target = id, Held = new Held(parent.Id, id) }, state);
    }

    /// <summary>mkdir, when the folder was found (phase 1).</summary>
    public static Configuration? MakeFolder(Turn turn)
    {
        if (turn.At.Phase is < 1 or > 3)
            return null;
        var parent = turn.State[turn.At.Folder];
        if (turn.At.Phase == 2)
            return turn.Go(turn.At with { Phase = 3 }, turn.State.With(parent with { Links = parent.Links + 1 }));
        if (turn.At.Phase == 3)
        {
            var made = Node.Folder(NewId(turn.Call), parent.Id) with { Mode = (int)turn.Call.Argument };
            return turn.Done(turn.State.With(parent.WithEntry(turn.Call.Path.Name, made.Id).FinishChange(false)).With(made));
        }

        return MayMake(turn, parent, turn.Call.Path.Name, out var refused)
            ? turn.Go(turn.At with { Phase = 2, Held = new Held(parent.Id) }, turn.State.With(parent.StartChange()))
            : refused;
    }

    /// <summary>link, when the first path was found (phase 2).</summary>
    public static Configuration? Link(Turn turn)
    {
        if (turn.At.Phase is < 2 or Progress.Finished)
            return null;
        if (turn.At.Phase == 2)
        {
            var folder = Steps.FolderOf(turn.State, turn.Call.Path2, out var errno);
            return folder == 0 ? turn.Fail(errno) : turn.Go(turn.At with { Phase = 3, Folder2 = folder });
        }

        var parent = turn.State[turn.At.Folder2];
        var node = turn.State[turn.At.Target];
        var name = turn.Call.Path2.Name;
        if (turn.At.Phase == 4)
            return turn.Done(turn.State.With(parent.WithEntry(name, node.Id).FinishChange(false)).With(Finished(turn, node)));
        if (parent.Entries[name] == 0 && !parent.IsRemoved)
        {
            if (node.IsFolder)
                return turn.Fail(Errno.EPERM);
            if (node.Links == 0)
                return turn.Fail(Errno.ENOENT);
        }

        if (!MayMake(turn, parent, name, out var refused) || turn.IsHeld(node.Id))
            return refused;
        var linked = node with { Links = node.Links + 1, Ctime = node.Ctime.Start() };
        return turn.Go(turn.At with { Phase = 4, Held = new Held(parent.Id, node.Id) }, turn.State.With(parent.StartChange()).With(linked));
    }

    /// <summary>A node whose names are about to change: its times may move.</summary>
    public static Node Started(Node node) => node.IsFolder ? node.StartChange() : node with { Ctime = node.Ctime.Start() };

    /// <summary>A node that loses a name.</summary>
    public static Node Dropped(Node node) => node with { Links = node.IsFolder ? 0 : node.Links - 1 };

    /// <summary>A node whose names changed.</summary>
    public static Node Finished(Turn turn, Node node) => node.IsFolder ? node.FinishChange(false)
        : node with { Ctime = node.Ctime.Finish(turn.DistinctTimes) };

    // False also when the folder is locked, and the call waits.
    private static bool MayMake(Turn turn, Node parent, int name, out Configuration? refused)
    {
        refused = null;
        if (parent.IsRemoved || parent.Entries[name] != 0)
        {
            refused = turn.Fail(parent.IsRemoved ? Errno.ENOENT : Errno.EEXIST);
            return false;
        }

        return !turn.IsHeld(parent.Id) && turn.Succeeds();
    }
}
