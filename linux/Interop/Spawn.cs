using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>spawn.h: starting programs without fork in managed code.</summary>
public static unsafe partial class Spawn
{
    /// <summary>Reset signal dispositions in the child.</summary>
    public const short POSIX_SPAWN_SETSIGDEF = 4;

    /// <summary>Set the signal mask of the child.</summary>
    public const short POSIX_SPAWN_SETSIGMASK = 8;

    /// <summary>A new process group.</summary>
    public const short POSIX_SPAWN_SETPGROUP = 2;

    /// <summary>A new session.</summary>
    public const short POSIX_SPAWN_SETSID = 0x80;

    /// <summary>Size of posix_spawn_file_actions_t in glibc (76 bytes) and posix_spawnattr_t (336), rounded up.</summary>
    public const int OpaqueSize = 512;

    /// <summary>posix_spawn(3): returns an error number.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawn(int* pid, byte* path, void* actions, void* attributes, byte** argv, byte** envp);

    /// <summary>posix_spawn_file_actions_init(3).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawn_file_actions_init(void* actions);

    /// <summary>posix_spawn_file_actions_destroy(3).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawn_file_actions_destroy(void* actions);

    /// <summary>posix_spawn_file_actions_adddup2(3): clears close-on-exec when both numbers are the same.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawn_file_actions_adddup2(void* actions, int fd, int newfd);

    /// <summary>posix_spawn_file_actions_addopen(3).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawn_file_actions_addopen(void* actions, int fd, byte* path, int flags, uint mode);

    /// <summary>posix_spawn_file_actions_addchdir_np(3).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawn_file_actions_addchdir_np(void* actions, byte* path);

    /// <summary>posix_spawn_file_actions_addclosefrom_np(3).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawn_file_actions_addclosefrom_np(void* actions, int from);

    /// <summary>posix_spawnattr_init(3).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawnattr_init(void* attributes);

    /// <summary>posix_spawnattr_destroy(3).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawnattr_destroy(void* attributes);

    /// <summary>posix_spawnattr_setflags(3).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawnattr_setflags(void* attributes, short flags);

    /// <summary>posix_spawnattr_setsigdefault(3): the set is 128 bytes.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawnattr_setsigdefault(void* attributes, void* set);

    /// <summary>posix_spawnattr_setsigmask(3): the set is 128 bytes.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawnattr_setsigmask(void* attributes, void* set);
}
