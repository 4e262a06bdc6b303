using System;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>Flags of INIT: the low 32 bits travel in flags, the high ones in flags2 (linux/fuse.h).</summary>
[Flags]
public enum InitFlags : ulong
{
    None = 0,
    AsyncRead = 1UL << 0,
    PosixLocks = 1UL << 1,
    AtomicOTrunc = 1UL << 3,
    ExportSupport = 1UL << 4,
    BigWrites = 1UL << 5,
    DontMask = 1UL << 6,
    FlockLocks = 1UL << 10,
    HasIoctlDir = 1UL << 11,
    AutoInvalData = 1UL << 12,
    DoReadDirPlus = 1UL << 13,
    ReadDirPlusAuto = 1UL << 14,
    AsyncDio = 1UL << 15,
    WritebackCache = 1UL << 16,
    NoOpenSupport = 1UL << 17,
    ParallelDirops = 1UL << 18,
    HandleKillPriv = 1UL << 19,
    PosixAcl = 1UL << 20,
    AbortError = 1UL << 21,
    MaxPages = 1UL << 22,
    CacheSymlinks = 1UL << 23,
    NoOpenDirSupport = 1UL << 24,
    ExplicitInvalData = 1UL << 25,
    MapAlignment = 1UL << 26,
    Submounts = 1UL << 27,
    HandleKillPrivV2 = 1UL << 28,
    SetXattrExt = 1UL << 29,
    InitExt = 1UL << 30,
    SecurityCtx = 1UL << 32,
    HasInodeDax = 1UL << 33,
    CreateSuppGroup = 1UL << 34,
    HasExpireOnly = 1UL << 35,
    DirectIoAllowMmap = 1UL << 36,
    Passthrough = 1UL << 37,
    NoExportSupport = 1UL << 38,
    HasResend = 1UL << 39,
    AllowIdmap = 1UL << 40,
    OverIoUring = 1UL << 41,
    RequestTimeout = 1UL << 42,

    /// <summary>What a Linux guest offers on virtio-fs without DAX.</summary>
    LinuxGuest = AsyncRead | PosixLocks | AtomicOTrunc | ExportSupport | BigWrites | DontMask | FlockLocks | HasIoctlDir
        | AutoInvalData | DoReadDirPlus | ReadDirPlusAuto | AsyncDio | WritebackCache | NoOpenSupport | ParallelDirops
        | HandleKillPriv | PosixAcl | AbortError | MaxPages | CacheSymlinks | NoOpenDirSupport | ExplicitInvalData | Submounts
        | HandleKillPrivV2 | SetXattrExt | InitExt | SecurityCtx | CreateSuppGroup | HasExpireOnly | DirectIoAllowMmap
        | NoExportSupport | HasResend | AllowIdmap | RequestTimeout,
}

/// <summary>Which fields of SETATTR count (FATTR_ of linux/fuse.h).</summary>
[Flags]
public enum SetAttrValid : uint
{
    None = 0,
    Mode = 1,
    Uid = 2,
    Gid = 4,
    Size = 8,
    Atime = 16,
    Mtime = 32,
    Fh = 64,
    AtimeNow = 128,
    MtimeNow = 256,
    LockOwner = 512,
    Ctime = 1024,
    KillSuidGid = 2048,
}

/// <summary>Flags of fuse_attr.flags.</summary>
[Flags]
public enum AttrFlags : uint
{
    None = 0,
    Submount = 1,
    Dax = 2,
}

/// <summary>Values of the protocol that stand alone (linux/fuse.h).</summary>
public static class FuseValues
{
    /// <summary>Node of the root.</summary>
    public const ulong RootId = 1;

    /// <summary>open_flags of OPEN and CREATE: clear S_ISUID and S_ISGID.</summary>
    public const uint OpenKillSuidGid = 1;

    /// <summary>write_flags: clear S_ISUID and S_ISGID.</summary>
    public const uint WriteKillSuidGid = 4;

    /// <summary>write_flags: written back from the page cache, so the handle is a guess.</summary>
    public const uint WriteCache = 1;

    /// <summary>getattr_flags: the handle counts.</summary>
    public const uint GetAttrFh = 1;

    /// <summary>fsync_flags: data only.</summary>
    public const uint FsyncDataSync = 1;

    /// <summary>open_flags of a reply: closes are not told.</summary>
    public const uint OpenNoFlush = 32;

    /// <summary>lk_flags: flock(2).</summary>
    public const uint LockFlock = 1;

    /// <summary>release_flags: drop the flock lock.</summary>
    public const uint ReleaseFlockUnlock = 2;
}
