using System;
using System.IO;

namespace KataShimNet.UnitTests;

/// <summary>Files of the source tree that tests compare with what programs say.</summary>
internal static class RepositoryFile
{
    /// <summary>A file of the tree in which the test program was built.</summary>
    /// <param name="path">From the top of the tree.</param>
    public static string Find(string path)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, path);
            if (File.Exists(file))
                return file;
        }
        throw new FileNotFoundException($"{path} is not above the test program");
    }
}
