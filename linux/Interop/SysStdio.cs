using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>stdio.h: the calls for names that are in there.</summary>
public static partial class SysStdio
{
    /// <summary>renameat(2).</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int renameat(int olddirfd, string oldpath, int newdirfd, string newpath);
}
