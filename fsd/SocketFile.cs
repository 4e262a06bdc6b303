using System.Text;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd;

/// <summary>The file of a socket that listens by a path.</summary>
internal static class SocketFile
{
    /// <summary>Removes it. Not by File.Delete, whose unlink(2) the keeper may not call.</summary>
    /// <param name="path">Its path.</param>
    public static unsafe void Remove(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
            _ = Unistd.unlinkat(Fcntl.AT_FDCWD, name, 0);
    }
}
