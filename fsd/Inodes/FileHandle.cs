using System;
using System.Runtime.InteropServices;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <summary>
/// struct file_handle with room for the longest (name_to_handle_at(2)): names an inode for as long as it lives on its file system, and
/// unlike the inode number no other one after that.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal unsafe struct FileHandle
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 8 + MaxLength;

    /// <summary>Longest handle (MAX_HANDLE_SZ).</summary>
    public const int MaxLength = 128;

    /// <summary>Bytes of the handle.</summary>
    [FieldOffset(0)] public uint Length;

    /// <summary>Its type, which only the file system understands.</summary>
    [FieldOffset(4)] public int Type;

    /// <summary>The handle.</summary>
    [FieldOffset(8)] public fixed byte Data[MaxLength];

    /// <summary>The file handle of an open file.</summary>
    /// <param name="fd">Any descriptor.</param>
    /// <param name="handle">Receives it.</param>
    /// <returns>None; EOPNOTSUPP when its file system has none, or only such as do not fit.</returns>
    public static Errno Of(int fd, FileHandle* handle)
    {
        byte empty = 0;
        return Of(fd, &empty, Fcntl.AT_EMPTY_PATH, handle);
    }

    /// <summary>The file handle of a directory entry; a link is not followed.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name.</param>
    /// <param name="handle">Receives it.</param>
    /// <returns>None, or the error.</returns>
    public static Errno Of(int directory, byte* name, FileHandle* handle) => Of(directory, name, 0, handle);

    /// <summary>The bytes.</summary>
    public static ReadOnlySpan<byte> BytesOf(FileHandle* handle) => new(handle->Data, (int)handle->Length);

    private static Errno Of(int directory, byte* name, int flags, FileHandle* handle)
    {
        int mount;
        handle->Length = MaxLength;
        if (Fcntl.name_to_handle_at(directory, name, handle, &mount, flags) < 0)
        {
            var error = LinuxException.LastErrno;
            // EOVERFLOW: no handle of any length, or a longer one.
            return error == Errno.EOVERFLOW ? Errno.EOPNOTSUPP : error;
        }

        // A record has a byte for either.
        return handle->Length is 0 or > MaxLength || (uint)handle->Type > byte.MaxValue ? Errno.EOPNOTSUPP : Errno.None;
    }
}
