using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;

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
        string repository = BareNodeFixture.Repository;
        string folder = Path.Combine(repository, "artifacts/test/package");
        string node = (await Command.RunAsync(TimeSpan.FromMinutes(10), null, $"{repository}/deploy/node/node.sh", "build")).Exits(0).Text.Trim();
        (await Command.RunAsync(
            TimeSpan.FromMinutes(2), null, $"{repository}/deploy/package/build.sh", node, $"{repository}/artifacts/bin", $"{repository}/artifacts/guest", folder)).Exits(0);
        return folder;
    }
}
