using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Readme;

namespace KataShimNet.EndToEndTests.Packages;

/// <summary>The packages, built once from what is published.</summary>
public static class BuiltPackages
{
    private static readonly Lazy<Task<string>> s_folder = new(BuildAsync);

    /// <summary>The folder with tarball, .deb, list of parts and check sums.</summary>
    public static Task<string> FolderAsync() => s_folder.Value;

    /// <summary>The one file of the folder that ends so.</summary>
    public static async Task<string> FileAsync(string ending) => Directory.EnumerateFiles(await FolderAsync(), "*" + ending).Single();

    private static async Task<string> BuildAsync()
    {
        (await RepositoryMake.RunAsync(TimeSpan.FromMinutes(2), "package")).Exits(0);
        return Path.Combine(BareNodeFixture.Repository, "artifacts/package");
    }
}
