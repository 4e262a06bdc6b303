using System.Collections.Generic;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>The daemons of the node: the node-wide table as it is needed here. Of any thread.</summary>
internal interface INodeMembers
{
    /// <summary>This daemon.</summary>
    PeerId Self { get; }

    /// <summary>The daemon that has a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Null when there is none that lives.</returns>
    PeerId? Find(int slot);

    /// <summary>The others that live, with the paths of their sockets.</summary>
    IReadOnlyList<(PeerId Peer, string Socket)> Others();
}
