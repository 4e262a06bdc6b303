using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Fuse.Wire;

namespace KataShimNet.Fsd.Exports;

/// <summary>What an export's coherency class means in replies.</summary>
/// <param name="ReadOnly">Every change is refused with EROFS.</param>
/// <param name="Valid">Seconds for which the guest may keep names and attributes.</param>
/// <param name="RootValid">Seconds for which it may keep the name of the export itself.</param>
/// <param name="KeepsNegative">Whether it may also keep for <paramref name="Valid"/> seconds that a name is not there.</param>
/// <param name="FileFlags">FOPEN_ bits of opened files.</param>
/// <param name="DirectoryFlags">FOPEN_ bits of opened directories.</param>
internal sealed record ServingPolicy(bool ReadOnly, ulong Valid, ulong RootValid, bool KeepsNegative, uint FileFlags, uint DirectoryFlags)
{
    /// <summary>A day: as good as for ever, and far from every overflow of the guest's clock ticks.</summary>
    private const ulong Long = 86_400;

    /// <summary>Nobody changes the files, here or on the host: a lock for reading keeps nobody off.</summary>
    public bool NobodyWrites { get; init; }

    /// <summary>Whether files are mapped into the DAX window, when there is one, instead of being copied into the guest's page cache.</summary>
    public bool Dax { get; init; }

    /// <summary>Mount id (statx, STATX_MNT_ID) of the files that can be: set when the export's file system is known; 0 for none.</summary>
    public ulong DaxMount { get; init; }

    /// <summary>Others may change the files, and the node's table, where there is one, says when: names and attributes are valid under a lease.</summary>
    public bool Leased { get; init; }

    /// <summary>Where nothing has to be announced.</summary>
    public static ServingPolicy Unshared { get; } = new(ReadOnly: true, 0, 0, KeepsNegative: false, 0, 0);

    /// <summary>The form for one served directory, as virtiofsd has it for its <c>--cache</c>.</summary>
    /// <param name="options">The daemon's options.</param>
    public static ServingPolicy Of(ServingOptions options)
    {
        if (options.NodeDaemon >= 0)
            return Shared(options.ReadOnly) with { Dax = options.Dax != DaxUse.Never };
        const uint directories = OpenReplyFlag.KeepCache | OpenReplyFlag.CacheDirectory;
        var (valid, files, folders) = options.Cache switch
        {
            CacheMode.Always => (Long, OpenReplyFlag.KeepCache, directories),
            CacheMode.Metadata => (Long, OpenReplyFlag.DirectIo, directories),
            CacheMode.Never => (0ul, OpenReplyFlag.DirectIo, 0u),
            _ => (1ul, 0u, 0u),
        };
        return new(options.ReadOnly, valid, RootValid: valid, KeepsNegative: false, files, folders) { Dax = options.Dax != DaxUse.Never };
    }

    /// <summary>The form of a policy that the shim asked for.</summary>
    /// <remarks>
    /// FOPEN_NOFLUSH saves a request per close (taken back where POSIX locks need it). A flush makes the guest write back what was stored
    /// through mmap, which others who look at a shared file expect at close; so not for the class shared.
    /// FOPEN_DIRECT_IO for the class shared: size and modification time do not tell a guest about every change. When two of its processes
    /// ask for them at once Linux drops the later answer (fuse_change_attributes, attr_version), and with it a new time.
    /// The name of an export that can go away is not kept, or a container of the same name would meet the old one's nodes.
    /// </remarks>
    public static ServingPolicy Of(ExportPolicy policy)
    {
        const uint directories = OpenReplyFlag.KeepCache | OpenReplyFlag.CacheDirectory;
        const uint files = OpenReplyFlag.KeepCache | OpenReplyFlag.NoFlush;
        var served = policy.Class switch
        {
            CoherencyClass.Static => new ServingPolicy(ReadOnly: true, Long, RootValid: Long, KeepsNegative: true, files, directories) { NobodyWrites = true },
            CoherencyClass.Private => new ServingPolicy(policy.ReadOnly, Long, RootValid: 0, KeepsNegative: true, files, directories),
            _ => Shared(policy.ReadOnly),
        };
        return served with { Dax = policy.Dax == DaxUse.Always || (policy.Dax == DaxUse.Auto && policy.Class == CoherencyClass.Shared) };
    }

    private static ServingPolicy Shared(bool readOnly) =>
        new(readOnly, Valid: 0, RootValid: 0, KeepsNegative: false, FileFlags: OpenReplyFlag.DirectIo, DirectoryFlags: 0) { Leased = true };
}
