using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse.Wire;

namespace KataShimNet.Fsd.Fuse;

/// <summary>Which of the bits that a guest offers with INIT are taken. README.md has the table with the reasons.</summary>
internal static class InitOffer
{
    // Those that no option concerns.
    private const ulong Always = InitFlag.AsyncRead | InitFlag.AtomicTruncate | InitFlag.BigWrites | InitFlag.AutoInvalidateData
        | InitFlag.AsyncDirectIo | InitFlag.ParallelDirectoryOperations | InitFlag.MaxPages | InitFlag.CacheSymlinks
        | InitFlag.SetxattrExt | InitFlag.InitExt | InitFlag.CreateSuppGroup;

    /// <summary>Settles the bits.</summary>
    /// <param name="offered">What the guest can.</param>
    /// <param name="options">What the daemon was told.</param>
    /// <param name="agreed">What is in force.</param>
    /// <returns>False when the guest cannot what an option demands.</returns>
    public static bool TrySettle(ulong offered, ServingOptions options, out ulong agreed)
    {
        var wanted = Always
            | (options.Readdirplus ? InitFlag.DoReaddirplus | InitFlag.ReaddirplusAuto : 0)
            | (options.AnnounceSubmounts ? InitFlag.Submounts : 0)
            | (options.HostLocks ? InitFlag.PosixLocks | InitFlag.FlockLocks : 0)
            | (options.KillPriv ? InitFlag.HandleKillprivV2 : 0)
            | (options.Writeback ? InitFlag.WritebackCache : 0)
            | (options.AllowMmap ? InitFlag.DirectIoAllowMmap : 0)
            | (options.DaxWindow > 0 ? InitFlag.MapAlignment | InitFlag.HasInodeDax : 0);
        agreed = offered & wanted;
        // With ACLs it is here that the umask is applied, for only the host knows whether a directory has a default ACL instead.
        return TryAdd(offered, InitFlag.PosixAcl | InitFlag.DontMask, options.Xattr ? options.PosixAcl : Negotiation.Never, ref agreed)
            && TryAdd(offered, InitFlag.SecurityContext, options.Xattr ? options.SecurityLabel : Negotiation.Never, ref agreed);
    }

    private static bool TryAdd(ulong offered, ulong flags, Negotiation use, ref ulong agreed)
    {
        var can = (offered & flags) == flags;
        if (can && use != Negotiation.Never)
            agreed |= flags;
        return can || use != Negotiation.Always;
    }
}
