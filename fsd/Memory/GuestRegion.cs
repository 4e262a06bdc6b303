using System.Threading;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Memory;

/// <summary>A region of guest memory, mapped. Unmapped when the last table that has it lets go.</summary>
internal sealed unsafe class GuestRegion
{
    // Mappings of huge pages begin at a multiple of their size, which fstatfs(2) tells; all other files need the page size.
    private const long HugetlbfsMagic = 0x958458f6;
    private const ulong PageSize = 4096;

    private readonly nint _mapping;
    private readonly nuint _mappingLength;

    // One for whoever made it, one for each table that has it.
    private int _references = 1;

    private GuestRegion(in RegionRecord record, nint mapping, nuint mappingLength, ulong lead)
    {
        GuestAddress = record.GuestAddress;
        UserAddress = record.UserAddress;
        Size = record.Size;
        _mapping = mapping;
        _mappingLength = mappingLength;
        Host = (byte*)mapping + lead;
    }

    /// <summary>Where the guest sees it.</summary>
    public ulong GuestAddress { get; }

    /// <summary>Where the front end sees it.</summary>
    public ulong UserAddress { get; }

    /// <summary>Bytes.</summary>
    public ulong Size { get; }

    /// <summary>Where we see it.</summary>
    public byte* Host { get; }

    /// <summary>Maps a region.</summary>
    /// <param name="record">Where it is.</param>
    /// <param name="file">Its file; not needed any more afterwards.</param>
    /// <exception cref="LinuxException">EINVAL for a range that cannot be; else what mmap(2) says.</exception>
    public static GuestRegion Map(in RegionRecord record, OwnedFd file)
    {
        if (record.Size == 0
            || record.Size > long.MaxValue
            || record.GuestAddress > ulong.MaxValue - record.Size
            || record.UserAddress > ulong.MaxValue - record.Size
            || record.FileOffset > long.MaxValue - record.Size)
        {
            throw Invalid(record, "its addresses wrap around");
        }

        CheckFileSize(record, file);
        var granularity = Granularity(file);
        var start = record.FileOffset & ~(granularity - 1);
        var lead = record.FileOffset - start;
        var length = (nuint)((record.Size + lead + granularity - 1) & ~(granularity - 1));
        var mapping = MapFile(file, length, (long)start, SysMman.PROT_READ | SysMman.PROT_WRITE);
        // A DAX mapping of a file that the guest may only read.
        if (mapping == -1 && LinuxException.LastErrno == Errno.EACCES)
            mapping = MapFile(file, length, (long)start, SysMman.PROT_READ);
        if (mapping == -1)
            LinuxException.ThrowLast("mmap", Describe(record));
        _ = SysMman.madvise(mapping, length, SysMman.MADV_DONTDUMP);
        return new GuestRegion(record, mapping, length, lead);
    }

    private static nint MapFile(OwnedFd file, nuint length, long start, int protection) =>
        SysMman.mmap(0, length, protection, SysMman.MAP_SHARED | SysMman.MAP_NORESERVE, file.Fd, start);

    /// <summary>Whether it is the one that a record names.</summary>
    /// <param name="record">The record.</param>
    public bool Matches(in RegionRecord record) =>
        GuestAddress == record.GuestAddress && UserAddress == record.UserAddress && Size == record.Size;

    /// <summary>Holds the mapping for one more user.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>Lets go; the last user unmaps it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            _ = SysMman.munmap(_mapping, _mappingLength);
    }

    /// <summary>A region in words.</summary>
    /// <param name="record">The region.</param>
    public static string Describe(in RegionRecord record) =>
        $"region of {record.Size:#,0} bytes at guest address 0x{record.GuestAddress:x}";

    // Touching a page past the end of its file is a SIGBUS, which would be the worker's end.
    private static void CheckFileSize(in RegionRecord record, OwnedFd file)
    {
        Statx status;
        byte empty = 0;
        LinuxException.Check(
            SysStat.statx(file.Fd, &empty, Fcntl.AT_EMPTY_PATH, SysStat.STATX_BASIC_STATS, &status), "statx", Describe(record));
        if ((status.Mode & SysStat.S_IFMT) == SysStat.S_IFREG && status.Size < record.FileOffset + record.Size)
            throw Invalid(record, $"its file has only {status.Size:#,0} bytes");
    }

    private static ulong Granularity(OwnedFd file)
    {
        Statfs status;
        return SysStatfs.fstatfs(file.Fd, &status) == 0 && status.Type == HugetlbfsMagic ? (ulong)status.BlockSize : PageSize;
    }

    private static LinuxException Invalid(in RegionRecord record, string why) =>
        new(Errno.EINVAL, "memory map", $"{Describe(record)} (front end 0x{record.UserAddress:x}, file offset 0x{record.FileOffset:x}): {why}");
}
