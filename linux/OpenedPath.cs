using System;
using System.IO;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>What a path led to at one moment, held by an O_PATH descriptor: whatever happens to the path, this stays the same file.</summary>
public sealed unsafe class OpenedPath : IDisposable
{
    private const long TmpfsMagic = 0x01021994;
    private const long HugetlbfsMagic = 0x958458f6;

    private readonly Statx _attributes;
    private readonly Statfs _fileSystem;

    private OpenedPath(OwnedFd fd)
    {
        Fd = fd;
        byte empty = 0;
        fixed (Statx* attributes = &_attributes)
        {
            LinuxException.Check(
                SysStat.statx(fd.Fd, &empty, Fcntl.AT_EMPTY_PATH, SysStat.STATX_BASIC_STATS | SysStat.STATX_MNT_ID, attributes), "statx");
        }

        fixed (Statfs* fileSystem = &_fileSystem)
            LinuxException.Check(SysStatfs.fstatfs(fd.Fd, fileSystem), "fstatfs");
    }

    /// <summary>The descriptor.</summary>
    public OwnedFd Fd { get; }

    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder => (_attributes.Mode & SysStat.S_IFMT) == SysStat.S_IFDIR;

    /// <summary>Whether it is a block device.</summary>
    public bool IsBlockDevice => (_attributes.Mode & SysStat.S_IFMT) == SysStat.S_IFBLK;

    /// <summary>Whether it is a character device.</summary>
    public bool IsCharacterDevice => (_attributes.Mode & SysStat.S_IFMT) == SysStat.S_IFCHR;

    /// <summary>Whether it lies in memory (tmpfs).</summary>
    public bool IsInMemory => _fileSystem.Type == TmpfsMagic;

    /// <summary>Whether it lies in huge pages (hugetlbfs).</summary>
    public bool IsInHugePages => (_fileSystem.Type & uint.MaxValue) == HugetlbfsMagic;

    /// <summary>Magic number of its file system (statfs(2), f_type).</summary>
    public long FileSystemType => _fileSystem.Type;

    /// <summary>Bytes of a block of its file system; with hugetlbfs of a page.</summary>
    public long BlockSize => _fileSystem.BlockSize;

    /// <summary>Number of the file system it is on.</summary>
    public (uint Major, uint Minor) Device => (_attributes.DevMajor, _attributes.DevMinor);

    /// <summary>Number that a device has.</summary>
    public (uint Major, uint Minor) DeviceNumber => (_attributes.RdevMajor, _attributes.RdevMinor);

    /// <summary>Its inode.</summary>
    public ulong Inode => _attributes.Inode;

    /// <summary>Id of the mount that it was reached through.</summary>
    public ulong MountId => _attributes.MountId;

    /// <summary>Flags of that mount (statfs(2), ST_…).</summary>
    public long MountFlags => _fileSystem.Flags;

    /// <summary>Permission bits, with set-id and sticky.</summary>
    public uint Mode => _attributes.Mode & 0xFFFu;

    /// <summary>Its owner.</summary>
    public uint Uid => _attributes.Uid;

    /// <summary>Its group.</summary>
    public uint Gid => _attributes.Gid;

    /// <summary>When its content was changed last.</summary>
    public Timespec ModifyTime => new() { Seconds = _attributes.ModifyTime.Seconds, Nanoseconds = _attributes.ModifyTime.Nanoseconds };

    /// <summary>Bytes that the whole file system can hold; 0 when it has no limit.</summary>
    public ulong Capacity => _fileSystem.Blocks * (ulong)_fileSystem.BlockSize;

    /// <summary>Its path without symbolic links, as the kernel has it now.</summary>
    public string CanonicalPath => new FileInfo($"/proc/self/fd/{Fd.Fd}").LinkTarget ?? "";

    /// <summary>Opens what is at a path; a symbolic link is followed.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="LinuxException">There is nothing (ENOENT), or it cannot be reached.</exception>
    public static OpenedPath Open(string path)
    {
        var fd = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0), "open", path);
        try
        {
            return new OpenedPath(fd);
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Fd.Dispose();
}
