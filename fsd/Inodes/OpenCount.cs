namespace KataShimNet.Fsd.Inodes;

/// <summary>How an open file is counted in the node's table.</summary>
internal enum OpenCount : byte
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>As one that only reads.</summary>
    Reader,
    /// <summary>As one that can write.</summary>
    Writer,
}
