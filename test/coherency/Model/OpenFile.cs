using KataShimNet.CoherencyTests.Histories;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>What a client has open.</summary>
/// <param name="Node">0 for nothing.</param>
/// <param name="Ways">How it was opened.</param>
internal readonly record struct OpenFile(int Node, OpenWays Ways);
