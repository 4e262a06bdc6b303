namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>FUSE_ bits of INIT (linux/fuse.h, FUSE 7.45); bits 32 to 63 travel in flags2.</summary>
internal static class InitFlag
{
    public const ulong AsyncRead = 1UL << 0;
    public const ulong PosixLocks = 1UL << 1;
    public const ulong AtomicTruncate = 1UL << 3;
    public const ulong BigWrites = 1UL << 5;
    public const ulong DontMask = 1UL << 6;
    public const ulong FlockLocks = 1UL << 10;
    public const ulong AutoInvalidateData = 1UL << 12;
    public const ulong DoReaddirplus = 1UL << 13;
    public const ulong ReaddirplusAuto = 1UL << 14;
    public const ulong AsyncDirectIo = 1UL << 15;
    public const ulong WritebackCache = 1UL << 16;
    public const ulong ParallelDirectoryOperations = 1UL << 18;
    public const ulong PosixAcl = 1UL << 20;
    public const ulong MaxPages = 1UL << 22;
    public const ulong CacheSymlinks = 1UL << 23;
    public const ulong MapAlignment = 1UL << 26;
    public const ulong Submounts = 1UL << 27;
    public const ulong HandleKillprivV2 = 1UL << 28;
    public const ulong SetxattrExt = 1UL << 29;
    public const ulong InitExt = 1UL << 30;
    public const ulong SecurityContext = 1UL << 32;
    public const ulong HasInodeDax = 1UL << 33;
    public const ulong CreateSuppGroup = 1UL << 34;
    public const ulong DirectIoAllowMmap = 1UL << 36;
}

/// <summary>FATTR_ bits of SETATTR.</summary>
internal static class SetattrFlag
{
    public const uint Mode = 1 << 0;
    public const uint Uid = 1 << 1;
    public const uint Gid = 1 << 2;
    public const uint Size = 1 << 3;
    public const uint AccessTime = 1 << 4;
    public const uint ModifyTime = 1 << 5;
    public const uint Handle = 1 << 6;
    public const uint AccessTimeNow = 1 << 7;
    public const uint ModifyTimeNow = 1 << 8;
    public const uint KillSuidGid = 1 << 11;
}

/// <summary>FOPEN_ bits of an OPEN or OPENDIR reply.</summary>
internal static class OpenReplyFlag
{
    public const uint DirectIo = 1 << 0;
    public const uint KeepCache = 1 << 1;
    public const uint CacheDirectory = 1 << 3;
    public const uint NoFlush = 1 << 5;
}

/// <summary>The other bits of requests and replies.</summary>
internal static class WireFlag
{
    /// <summary>FUSE_ATTR_SUBMOUNT: the guest mounts what begins here as a file system of its own.</summary>
    public const uint AttrSubmount = 1 << 0;

    /// <summary>FUSE_ATTR_DAX: the guest maps the file instead of keeping pages of it.</summary>
    public const uint AttrDax = 1 << 1;

    /// <summary>FUSE_SETUPMAPPING_FLAG_WRITE.</summary>
    public const ulong MapWrite = 1 << 0;

    /// <summary>FUSE_GETATTR_FH.</summary>
    public const uint GetattrHandle = 1 << 0;

    /// <summary>FUSE_WRITE_KILL_SUIDGID.</summary>
    public const uint WriteKillSuidGid = 1 << 2;

    /// <summary>FUSE_OPEN_KILL_SUIDGID.</summary>
    public const uint OpenKillSuidGid = 1 << 0;

    /// <summary>FUSE_SETXATTR_ACL_KILL_SGID.</summary>
    public const uint SetxattrKillSgid = 1 << 0;

    /// <summary>FUSE_LK_FLOCK: flock(2), not a POSIX lock.</summary>
    public const uint LockFlock = 1 << 0;

    /// <summary>FUSE_FSYNC_FDATASYNC.</summary>
    public const uint FsyncDataOnly = 1 << 0;
}
