using System.Runtime.InteropServices;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Storages;

/// <summary>A file of a share, by the number that the kernel and the share's daemon have for it.</summary>
internal static unsafe class KnownFile
{
    // fs/fuse/inode.c, fuse_encode_fh: node id and generation, which our daemon leaves 0, in 32-bit words, the upper half first.
    private const int FileIdInode64Generation = 0x81;
    private const uint HandleBytes = 12;

    // Each time the kernel had an answer that was older than a change of its own.
    private const int MostTries = 20;

    /// <summary>Has the kernel ask for a file's size, and know it.</summary>
    /// <param name="export">A folder of its export, open for reading.</param>
    /// <param name="node">Its node id.</param>
    /// <returns>False when the kernel does not know the file: then there is nothing that could be old.</returns>
    public static bool TryRefreshSize(OwnedFd export, ulong node)
    {
        var handle = new Handle { Length = HandleBytes, Type = FileIdInode64Generation, NodeHigh = (uint)(node >> 32), NodeLow = (uint)node };
        var fd = Fcntl.open_by_handle_at(export.Fd, &handle, Fcntl.O_PATH | Fcntl.O_CLOEXEC);
        if (fd < 0)
            return false;
        using var file = new OwnedFd(fd);
        // What it asked before it made a change of its own it does not take for true.
        for (var i = 0; i < MostTries; i++)
        {
            if (SizeOf(fd, SysStat.AT_STATX_FORCE_SYNC) is not { } size || size == SizeOf(fd, SysStat.AT_STATX_DONT_SYNC))
                break;
        }

        return true;
    }

    private static ulong? SizeOf(int fd, int sync)
    {
        byte empty = 0;
        Statx status;
        return SysStat.statx(fd, &empty, Fcntl.AT_EMPTY_PATH | sync, SysStat.STATX_SIZE, &status) < 0 ? null : status.Size;
    }

    // struct file_handle of linux/fs.h.
    [StructLayout(LayoutKind.Sequential)]
    private struct Handle
    {
        public uint Length;
        public int Type;
        public uint NodeHigh;
        public uint NodeLow;
        public uint Generation;
    }
}
