using System.Collections.Generic;
using System.IO;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>The daemons of the node, as the node's table has them. For the keeper.</summary>
/// <param name="table">The keeper's map of the table; not owned.</param>
/// <param name="directory">The coherency directory.</param>
internal sealed class NodeMembers(NodeTable table, string directory) : INodeMembers
{
    // The table is for one thread's question at a time where it looks whether somebody lives.
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public PeerId Self { get; } = new(table.Daemon, table.Generation);

    /// <inheritdoc/>
    public PeerId? Find(int slot)
    {
        lock (_lock)
        {
            // First whether it lives, which buries it otherwise: a generation that is read then is a living one's.
            return table.IsAlive(slot) ? new PeerId(slot, table.GenerationOf(slot)) : null;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<(PeerId Peer, string Socket)> Others()
    {
        var others = new List<(PeerId, string)>();
        for (var slot = 0; slot < NodeTableForm.MaxDaemons; slot++)
        {
            if (slot == Self.Slot || Find(slot) is not { } peer)
                continue;
            string? name;
            lock (_lock)
                name = table.SocketOf(slot);
            if (name is not null)
                others.Add((peer, Path.Combine(directory, name)));
        }

        return others;
    }
}
