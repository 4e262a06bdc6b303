using System.Collections.Generic;
using System.Threading.Tasks;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Shares;

namespace KataShimNet.PosixTests.Places;

/// <summary>Two guests that have the folder read-only at /mnt/fixed too. The first one also has a full tmpfs at /mnt/full.</summary>
public sealed class DaxGuests : GuestPair
{
    private readonly TestFolder _full = new();

    /// <summary>The folder of the full tmpfs.</summary>
    public string Full => _full.Location;

    public override async ValueTask InitializeAsync()
    {
        Built.Run("mount", "-t", "tmpfs", "-o", "size=4m", "full", Full);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Built.Run("umount", Full);
        _full.Dispose();
    }

    protected override IEnumerable<GuestShare> Shares() => [Share(Location, "/mnt/test"), Share(Location, "/mnt/fixed", "--readonly")];

    protected override IEnumerable<GuestShare> SharesOfFirst() => [.. Shares(), Share(Full, "/mnt/full")];
}
