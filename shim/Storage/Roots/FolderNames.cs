using System;
using System.Collections.Generic;
using System.Globalization;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Storage.Roots;

/// <summary>Short names for folders with long paths: each is opened and named by its descriptor, while this object lives.</summary>
internal sealed class FolderNames : IDisposable
{
    private readonly List<OwnedFd> _open = [];

    /// <summary>Opens a folder.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>A name for calls of this process, in the mount namespace of the calling thread.</returns>
    /// <exception cref="LinuxException">It is missing, or no folder.</exception>
    public string Name(string path)
    {
        var fd = OwnedFd.FromCall(
            Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", path);
        _open.Add(fd);
        return string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd.Fd}");
    }

    /// <summary>Closes them. What was mounted holds what it needs by itself.</summary>
    public void Dispose() => _open.ForEach(fd => fd.Dispose());
}
