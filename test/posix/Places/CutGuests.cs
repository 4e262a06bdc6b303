using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.TestGuest.Shares;

namespace KataShimNet.PosixTests.Places;

/// <summary>Two guests whose daemons know of one another.</summary>
public sealed class CutGuests : GuestPair
{
    private readonly string _node = Directory.CreateDirectory($"/dev/shm/katanet-cuts-{Guid.NewGuid():N}").FullName;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_node, recursive: true);
    }

    protected override IEnumerable<GuestShare> Shares() => [Share(Location, "/mnt/test", "--coherency-dir", _node, "--truncation-guard=on")];
}
