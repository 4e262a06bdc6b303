using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>struct timespec.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Timespec
{
    /// <summary>Seconds.</summary>
    public long Seconds;
    /// <summary>Nanoseconds, 0 to 999,999,999, or UTIME_NOW, UTIME_OMIT.</summary>
    public long Nanoseconds;
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct IoVec
{
    /// <summary>Start of the memory.</summary>
    public void* Base;
    /// <summary>Bytes.</summary>
    public nuint Length;
}

/// <summary>struct msghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Msghdr
{
    /// <summary>Address of the peer, or null.</summary>
    public void* Name;
    /// <summary>Size of the address.</summary>
    public uint NameLength;
    /// <summary>Data.</summary>
    public IoVec* Vectors;
    /// <summary>Number of vectors.</summary>
    public nuint VectorCount;
    /// <summary>Control data.</summary>
    public void* Control;
    /// <summary>Size of the control data.</summary>
    public nuint ControlLength;
    /// <summary>Flags of a received message.</summary>
    public int Flags;
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PollFd
{
    /// <summary>The descriptor; negative is skipped.</summary>
    public int Fd;
    /// <summary>What to wait for.</summary>
    public short Events;
    /// <summary>What happened.</summary>
    public short Revents;
}

/// <summary>struct flock (fcntl.h): a lock on a range of bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
public struct FileRangeLock
{
    /// <summary>F_RDLCK, F_WRLCK or F_UNLCK.</summary>
    [FieldOffset(0)] public short Type;
    /// <summary>From where the start counts: 0 is the start of the file.</summary>
    [FieldOffset(2)] public short Whence;
    /// <summary>First byte.</summary>
    [FieldOffset(8)] public long Start;
    /// <summary>Bytes; 0 is up to the end, wherever that comes to be.</summary>
    [FieldOffset(16)] public long Length;
    /// <summary>Who holds it; −1 for a lock of an open file description, 0 when it is not to be seen from here.</summary>
    [FieldOffset(24)] public int Pid;
}

/// <summary>struct rlimit.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Rlimit
{
    /// <summary>Limit in force.</summary>
    public ulong Current;
    /// <summary>Ceiling.</summary>
    public ulong Maximum;
}

/// <summary>siginfo_t as waitid(2) fills it on x86-64.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
public struct Siginfo
{
    /// <summary>SIGCHLD, or 0 when nothing was found.</summary>
    [FieldOffset(0)] public int Signal;
    /// <summary>CLD_EXITED 1, CLD_KILLED 2, CLD_DUMPED 3.</summary>
    [FieldOffset(8)] public int Code;
    /// <summary>The child.</summary>
    [FieldOffset(16)] public int Pid;
    /// <summary>Its user id.</summary>
    [FieldOffset(20)] public uint Uid;
    /// <summary>Exit status or signal.</summary>
    [FieldOffset(24)] public int Status;
}

/// <summary>struct statx_timestamp.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StatxTimestamp
{
    /// <summary>Seconds.</summary>
    public long Seconds;
    /// <summary>Nanoseconds.</summary>
    public uint Nanoseconds;
    private readonly int _reserved;
}

/// <summary>struct statx (linux/stat.h), 256 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
public struct Statx
{
    /// <summary>Which fields are filled.</summary>
    [FieldOffset(0)] public uint Mask;
    /// <summary>Preferred block size.</summary>
    [FieldOffset(4)] public uint BlockSize;
    /// <summary>STATX_ATTR_ bits.</summary>
    [FieldOffset(8)] public ulong Attributes;
    /// <summary>Links.</summary>
    [FieldOffset(16)] public uint Links;
    /// <summary>Owner.</summary>
    [FieldOffset(20)] public uint Uid;
    /// <summary>Group.</summary>
    [FieldOffset(24)] public uint Gid;
    /// <summary>Type and permissions.</summary>
    [FieldOffset(28)] public ushort Mode;
    /// <summary>Inode number.</summary>
    [FieldOffset(32)] public ulong Inode;
    /// <summary>Bytes.</summary>
    [FieldOffset(40)] public ulong Size;
    /// <summary>Blocks of 512 bytes.</summary>
    [FieldOffset(48)] public ulong Blocks;
    /// <summary>STATX_ATTR_ bits that are supported.</summary>
    [FieldOffset(56)] public ulong AttributesMask;
    /// <summary>Last access.</summary>
    [FieldOffset(64)] public StatxTimestamp AccessTime;
    /// <summary>Birth.</summary>
    [FieldOffset(80)] public StatxTimestamp BirthTime;
    /// <summary>Last change of attributes.</summary>
    [FieldOffset(96)] public StatxTimestamp ChangeTime;
    /// <summary>Last change of content.</summary>
    [FieldOffset(112)] public StatxTimestamp ModifyTime;
    /// <summary>Major number of a device node.</summary>
    [FieldOffset(128)] public uint RdevMajor;
    /// <summary>Minor number of a device node.</summary>
    [FieldOffset(132)] public uint RdevMinor;
    /// <summary>Major number of the file system's device.</summary>
    [FieldOffset(136)] public uint DevMajor;
    /// <summary>Minor number of the file system's device.</summary>
    [FieldOffset(140)] public uint DevMinor;
    /// <summary>Mount id.</summary>
    [FieldOffset(144)] public ulong MountId;
}

/// <summary>struct statfs of x86-64, 120 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
public struct Statfs
{
    /// <summary>Magic number of the file system type.</summary>
    [FieldOffset(0)] public long Type;
    /// <summary>Block size.</summary>
    [FieldOffset(8)] public long BlockSize;
    /// <summary>Blocks in all.</summary>
    [FieldOffset(16)] public ulong Blocks;
    /// <summary>Free blocks.</summary>
    [FieldOffset(24)] public ulong BlocksFree;
    /// <summary>Free blocks for unprivileged users.</summary>
    [FieldOffset(32)] public ulong BlocksAvailable;
    /// <summary>Inodes in all.</summary>
    [FieldOffset(40)] public ulong Files;
    /// <summary>Free inodes.</summary>
    [FieldOffset(48)] public ulong FilesFree;
    /// <summary>File system id.</summary>
    [FieldOffset(56)] public ulong Id;
    /// <summary>Longest name.</summary>
    [FieldOffset(64)] public long NameLength;
    /// <summary>Fragment size.</summary>
    [FieldOffset(72)] public long FragmentSize;
    /// <summary>Mount flags.</summary>
    [FieldOffset(80)] public long Flags;
}
