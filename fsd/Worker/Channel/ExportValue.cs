using KataShimNet.AgentProto.FsdControl;

namespace KataShimNet.Fsd.Worker.Channel;

/// <summary>An export's policy as the number of <see cref="ChannelOperation.AddExport"/>: class in the low byte, read-only in bit 8, use of DAX from bit 16 on.</summary>
internal static class ExportValue
{
    private const ulong ReadOnly = 1 << 8;
    private const int DaxShift = 16;

    /// <summary>The number of a policy.</summary>
    /// <param name="policy">The policy.</param>
    public static ulong From(ExportPolicy policy) => (ulong)policy.Class | (policy.ReadOnly ? ReadOnly : 0) | ((ulong)policy.Dax << DaxShift);

    /// <summary>The policy of a number.</summary>
    /// <param name="value">The number.</param>
    public static ExportPolicy ToPolicy(ulong value) => new(
        (CoherencyClass)(value & 0xff), (value & ReadOnly) != 0, Dax: (DaxUse)((value >> DaxShift) & 0xff));
}
