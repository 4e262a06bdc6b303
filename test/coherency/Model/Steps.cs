using System;
using System.Collections.Generic;
using KataShimNet.CoherencyTests.Histories;
using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>What the calls of a local Linux file system do, step by step.</summary>
internal static class Steps
{
    /// <summary>Lets a client go one step.</summary>
    /// <param name="from">Where the history is.</param>
    /// <param name="call">The client's call.</param>
    /// <param name="rules">The host's.</param>
    /// <param name="reasons">Receives why the step does not fit; null when nobody asks.</param>
    /// <returns>Where the history is then; null when the step does not fit the call's result, or has to wait.</returns>
    public static Configuration? Take(Configuration from, Record call, Rules rules, ICollection<string>? reasons = null)
    {
        var turn = new Turn(from, call, rules, reasons);
        return call.Operation switch
        {
            Operation.Stat => LookUp(turn) ?? Attributes.Stat(turn),
            Operation.Chmod => LookUp(turn) ?? Attributes.Chmod(turn),
            Operation.Truncate => LookUp(turn) ?? Data.Truncate(turn),
            Operation.Open when !call.Ways.HasFlag(OpenWays.Make) => LookUp(turn) ?? Opening.Open(turn),
            Operation.Open => FindFolder(turn) ?? Opening.Make(turn),
            Operation.Close => Opening.Close(turn),
            Operation.Fstat => Opened(turn) ?? Attributes.Stat(turn),
            Operation.Fchmod => Opened(turn) ?? Attributes.Chmod(turn),
            Operation.Ftruncate => Opened(turn) ?? Data.Truncate(turn),
            Operation.Read => Opened(turn) ?? Data.Read(turn),
            Operation.Load or Operation.Store => Opened(turn) ?? Mapped.Touch(turn),
            Operation.Write => Opened(turn) ?? Data.Write(turn),
            Operation.Unlink => FindFolder(turn) ?? Names.Remove(turn, folder: false),
            Operation.Rmdir => FindFolder(turn) ?? Names.Remove(turn, folder: true),
            Operation.Mkdir => FindFolder(turn) ?? Names.MakeFolder(turn),
            Operation.Link => LookUp(turn) ?? Names.Link(turn),
            Operation.Rename => FindFolder(turn) ?? Renaming.Rename(turn),
            Operation.List => LookUp(turn) ?? Listing.List(turn),
            _ => throw new InvalidOperationException($"{call.Operation}"),
        };
    }

    /// <summary>Another step that the client may go instead, where there are two.</summary>
    /// <param name="from">Where the history is.</param>
    /// <param name="call">The client's call.</param>
    /// <param name="rules">The host's.</param>
    public static Configuration? TakeOther(Configuration from, Record call, Rules rules) =>
        call.Operation == Operation.Rename && call.Client < rules.Guests ? Renaming.Otherwise(new Turn(from, call, rules, null)) : null;

    /// <summary>Finds the folder of a path.</summary>
    /// <param name="state">Where.</param>
    /// <param name="path">The path.</param>
    /// <param name="errno">Why there is none.</param>
    /// <returns>0 when there is none.</returns>
    public static int FolderOf(FsState state, NamePath path, out Errno errno)
    {
        errno = Errno.None;
        if (path.Folder == 0)
            return Node.Root;
        var id = state[Node.Root].Entries[path.Folder];
        if (id != 0 && state[id].IsFolder)
            return id;
        errno = id == 0 ? Errno.ENOENT : Errno.ENOTDIR;
        return 0;
    }

    // Phase 0: the folder of the path. Null when that is done, or does not fit.
    private static Configuration? FindFolder(Turn turn)
    {
        if (turn.At.Phase > 0)
            return null;
        var folder = FolderOf(turn.State, turn.Call.Path, out var errno);
        return folder == 0 ? turn.Fail(errno) : turn.Go(turn.At with { Phase = 1, Folder = folder });
    }

    // Phase 0: the folder of the path; phase 1: the name in it.
    private static Configuration? LookUp(Turn turn)
    {
        if (turn.At.Phase == 0)
            return turn.Call.Path.Code == 0 ? turn.Go(turn.At with { Phase = 2, Target = Node.Root }) : FindFolder(turn);
        if (turn.At.Phase > 1)
            return null;
        var target = turn.State[turn.At.Folder].Entries[turn.Call.Path.Name];
        return target == 0 ? turn.Fail(Errno.ENOENT) : turn.Go(turn.At with { Phase = 2, Target = target });
    }

    // The open file, which needs no step.
    private static Configuration? Opened(Turn turn) =>
        turn.At.Phase > 0 ? null : turn.Go(turn.At with { Phase = 2, Target = turn.State.Open(turn.Call.Client, turn.Call.Slot).Node });
}
