namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>A daemon of this node, as its slot of the node-wide table names it.</summary>
/// <param name="Slot">Index of the slot.</param>
/// <param name="Generation">Tells daemons that had the slot one after the other apart.</param>
internal readonly record struct PeerId(int Slot, uint Generation);
