namespace KataShimNet.Fsd.Coherency;

/// <summary>A file that a request changes.</summary>
/// <param name="Key">The file.</param>
/// <param name="Node">Node id by which the guest knows it; 0: it does not.</param>
internal readonly record struct ChangedFile(FileKey Key, ulong Node);
