using KataShimNet.AgentProto.FsdControl;

namespace KataShimNet.Fsd.Coherency;

/// <summary>Who holds a lock of the table: 16 bits of the daemon's number plus one, one that says whether it is the keeper, 32 of a generation.</summary>
/// <param name="Value">As it is in the table.</param>
internal readonly record struct LockOwner(ulong Value)
{
    private const ulong KeeperBit = 1 << 16;

    /// <summary>An owner.</summary>
    /// <param name="daemon">Number of the daemon.</param>
    /// <param name="isKeeper">Its keeper rather than its worker.</param>
    /// <param name="generation">The daemon's generation, or the worker's.</param>
    public static LockOwner Of(int daemon, bool isKeeper, uint generation) =>
        new(((ulong)generation << 32) | (isKeeper ? KeeperBit : 0) | (uint)(daemon + 1));

    /// <summary>Number of the daemon; whatever a damaged table has.</summary>
    public int Daemon => (int)(Value & 0xffff) - 1;

    /// <summary>Whether it is a keeper.</summary>
    public bool IsKeeper => (Value & KeeperBit) != 0;

    /// <summary>Its generation.</summary>
    public uint Generation => (uint)(Value >> 32);

    /// <summary>Whether it can be an owner at all.</summary>
    public bool IsPossible => Daemon is >= 0 and < NodeTableForm.MaxDaemons && (Value & 0xfffe_0000) == 0;
}
