using System.Collections.Generic;
using KataShimNet.TestGuest.Shares;

namespace KataShimNet.Bench.Guests;

/// <summary>A way to share a folder with a guest.</summary>
/// <param name="Name">For the report.</param>
/// <param name="IsOurs">Whether katanet-fsd serves it.</param>
/// <param name="Share">Makes the share of a folder.</param>
internal sealed record GuestSystem(string Name, bool IsOurs, System.Func<string, GuestShare> Share)
{
    public const string NineP = "9p";

    /// <summary>All of them, each with its peer of the same cache mode in the same form.</summary>
    /// <param name="fsd">Path of katanet-fsd.</param>
    public static IReadOnlyList<GuestSystem> All(string fsd) =>
    [
        // msize as large as QEMU's device takes; cache=none is its default, and what a shared folder needs.
        new(NineP, false, folder => new NinePShare(folder) { MountOptions = "cache=none" }),
        new("virtiofsd none", false, folder => new VirtiofsdShare(folder, "--cache=never")),
        new("fsd none", true, folder => new FsdShare(fsd, folder, "--cache=never")),
        new("virtiofsd auto", false, folder => new VirtiofsdShare(folder, "--cache=auto")),
        new("fsd auto", true, folder => new FsdShare(fsd, folder, "--cache=auto")),
        new("fsd always", true, folder => new FsdShare(fsd, folder, "--cache=always")),
    ];
}
