using System;
using System.IO;
using KataShimNet.TestGuest;

namespace KataShimNet.PosixTests.Places;

/// <summary>An empty folder of the repository's own file system, mode 755; gone when it is disposed of.</summary>
internal sealed class TestFolder : IDisposable
{
    public TestFolder()
    {
        Location = Path.Combine(Built.Repository, "artifacts/test", $"posix-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Location);
        var type = Built.Run("stat", "--file-system", "--format=%T", Location).Trim();
        if (type != "ext2/ext3")
            throw new InvalidOperationException($"{Location} lies on {type}: what the cases expect is what ext4 does");
    }

    /// <summary>Its path.</summary>
    public string Location { get; }

    // A thousand folders deep and with names of any bytes: not for .NET's own functions.
    public void Dispose() => Built.Run("rm", "-rf", "--one-file-system", Location);
}
