using System;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>stat and chmod of a node that was found (phase 2).</summary>
internal static class Attributes
{
    private const int UnitBytes = 8;

    /// <summary>stat, fstat.</summary>
    public static Configuration? Stat(Turn turn)
    {
        if (turn.At.Phase != 2 || !turn.Succeeds())
            return null;
        var node = turn.State[turn.At.Target];
        var said = turn.Call.Stat;
        if (said.IsFolder != node.IsFolder)
            return turn.Differs($"it is a {(node.IsFolder ? "folder" : "file")}");
        if (node.Mode >= 0 && said.Permissions != node.Mode)
            return turn.Differs($"mode {Convert.ToString(node.Mode, 8)}");
        if (said.Nlink != node.Links)
            return turn.Differs($"{node.Links} links");
        if (!node.IsFolder && said.Size != (ulong)(node.Units.Length * UnitBytes))
            return turn.Differs($"size {node.Units.Length * UnitBytes}");
        if (node.Ino == 0 ? turn.State.IsTaken(said.Ino, node.Id) : said.Ino != node.Ino)
            return turn.Differs(node.Ino == 0 ? $"inode {said.Ino} is another file" : $"inode {node.Ino}");
        if (node.Mtime.See(said.Mtime) is not { } mtime)
            return turn.Differs($"mtime: {node.Mtime}");
        if (node.Ctime.See(said.Ctime) is not { } ctime)
            return turn.Differs($"ctime: {node.Ctime}");
        return turn.Done(turn.State.With(node with { Ino = said.Ino, Mtime = mtime, Ctime = ctime }));
    }

    /// <summary>chmod, fchmod.</summary>
    public static Configuration? Chmod(Turn turn)
    {
        if (turn.At.Phase is < 2 or > 4 || !turn.Succeeds())
            return null;
        var node = turn.State[turn.At.Target];
        return turn.At.Phase switch
        {
            2 when turn.IsHeld(node.Id) => null,
            2 => turn.Go(turn.At with { Phase = 3, Held = new Held(node.Id) }, turn.State.With(node with { Ctime = node.Ctime.Start() })),
            3 => turn.Go(turn.At with { Phase = 4 }, turn.State.With(node with { Mode = (int)turn.Call.Argument })),
            _ => turn.Done(turn.State.With(node with { Ctime = node.Ctime.Finish(turn.DistinctTimes) })),
        };
    }
}
