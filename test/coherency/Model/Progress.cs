namespace KataShimNet.CoherencyTests.Model;

/// <summary>
/// How far a call has come. A call of Linux is several steps, each at one moment: the folder of a path is found, then the name in it, then
/// the inode is read or changed.
/// </summary>
internal readonly record struct Progress
{
    /// <summary>The call is over.</summary>
    public const int Finished = 99;

    /// <summary>The next step, counted from 0.</summary>
    public int Phase { get; init; }

    /// <summary>The folder that the path's name is in.</summary>
    public int Folder { get; init; }

    /// <summary>The folder of the second path.</summary>
    public int Folder2 { get; init; }

    /// <summary>The node that the path led to.</summary>
    public int Target { get; init; }

    /// <summary>Size in units that a read found; of a change, whether its times move for certain.</summary>
    public int Size { get; init; }

    /// <summary>Locked while a change is half made.</summary>
    public Held Held { get; init; }

    /// <summary>What a listing has seen; null for every other call.</summary>
    public SeenNames? Seen { get; init; }

    /// <summary>Whether the call is over.</summary>
    public bool IsFinished => Phase == Finished;

    /// <summary>Whether a node must be kept for what is still to do.</summary>
    public bool Refers(int id) => !IsFinished
        && (Folder == id || Folder2 == id || Target == id || Held.Has(id) || Seen?.Refers(id) == true);
}

/// <summary>Nodes whose locks (i_rwsem) a call holds; 0 for none.</summary>
internal readonly record struct Held(int First, int Second = 0, int Third = 0, int Fourth = 0)
{
    /// <summary>Whether a node is among them.</summary>
    public bool Has(int id) => id != 0 && (First == id || Second == id || Third == id || Fourth == id);
}
