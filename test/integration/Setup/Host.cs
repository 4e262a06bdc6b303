using System;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.IntegrationTests.Setup;

/// <summary>The host's own view of a file, by system calls that do not follow the last link.</summary>
public static unsafe class Host
{
    public static Statx Stat(string path)
    {
        Statx result;
        fixed (byte* name = Utf8(path))
            LinuxException.Check(SysStat.statx(Fcntl.AT_FDCWD, name, Fcntl.AT_SYMLINK_NOFOLLOW, SysStat.STATX_BASIC_STATS, &result), "statx", path);
        return result;
    }

    /// <summary>What a path leads to, or null when it is gone.</summary>
    public static Statx? TryStatFollowing(string path)
    {
        Statx result;
        fixed (byte* name = Utf8(path))
            return SysStat.statx(Fcntl.AT_FDCWD, name, 0, SysStat.STATX_BASIC_STATS, &result) == 0 ? result : null;
    }

    public static bool Exists(string path)
    {
        Statx result;
        fixed (byte* name = Utf8(path))
            return SysStat.statx(Fcntl.AT_FDCWD, name, Fcntl.AT_SYMLINK_NOFOLLOW, SysStat.STATX_BASIC_STATS, &result) == 0;
    }

    /// <summary>Permission bits, with set-id and sticky bits.</summary>
    public static uint Mode(string path) => (uint)Stat(path).Mode & 0xFFF;

    public static void Chmod(string path, uint mode)
    {
        fixed (byte* name = Utf8(path))
            LinuxException.Check(SysStat.fchmodat(Fcntl.AT_FDCWD, name, mode, 0), "chmod", path);
    }

    public static void Chown(string path, uint uid, uint gid)
    {
        fixed (byte* name = Utf8(path))
            LinuxException.Check(Unistd.fchownat(Fcntl.AT_FDCWD, name, uid, gid, Fcntl.AT_SYMLINK_NOFOLLOW), "chown", path);
    }

    /// <summary>Value of an extended attribute, or the error.</summary>
    public static (Errno Errno, byte[] Value) GetXattr(string path, string attribute)
    {
        var value = new byte[65536];
        fixed (byte* name = Utf8(path), key = Utf8(attribute), bytes = value)
        {
            var length = SysXattr.lgetxattr(name, key, bytes, (nuint)value.Length);
            return length < 0 ? (LinuxException.LastErrno, []) : (Errno.None, value[..(int)length]);
        }
    }

    public static Errno SetXattr(string path, string attribute, ReadOnlySpan<byte> value)
    {
        fixed (byte* name = Utf8(path), key = Utf8(attribute), bytes = value)
            return SysXattr.lsetxattr(name, key, bytes, (nuint)value.Length, 0) == 0 ? Errno.None : LinuxException.LastErrno;
    }

    private static byte[] Utf8(string text) => [.. Encoding.UTF8.GetBytes(text), 0];
}
