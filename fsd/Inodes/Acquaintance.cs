namespace KataShimNet.Fsd.Inodes;

/// <summary>Whether a file on the host is an inode that the guest knows.</summary>
internal enum Acquaintance
{
    /// <summary>No.</summary>
    Unknown,
    /// <summary>Perhaps: an inode had its number, but is only known by its file handle.</summary>
    Unproven,
    /// <summary>Yes.</summary>
    Known,
}
