using System;
using System.IO;

namespace KataShimNet.UnitTests.Deploy;

/// <summary>The repository that the tests were built in.</summary>
internal static class Repository
{
    /// <summary>Path of a file or folder in it.</summary>
    public static string At(string path)
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "KataShimNet.sln")))
                return Path.Combine(folder, path);
        }
        throw new InvalidOperationException("the tests are not run from inside the repository");
    }
}
