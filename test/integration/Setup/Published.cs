using System;
using System.IO;

namespace KataShimNet.IntegrationTests.Setup;

/// <summary>Where the programs under test are.</summary>
public static class Published
{
    /// <summary>The daemon: in the folder that KATANET_BIN names, or in artifacts/bin of the repository.</summary>
    public static string Fsd { get; } =
        Path.Combine(Environment.GetEnvironmentVariable("KATANET_BIN") ?? Path.Combine(RepositoryRoot, "artifacts", "bin"), "katanet-fsd");

    /// <summary>
    /// Root of a Debian tree with virtiofsd, from KATANET_VIRTIOFSD_TREE. When it is set, the tests of operations run against
    /// virtiofsd instead: that shows whether a test asks for what another implementation does as well.
    /// </summary>
    public static string? VirtiofsdTree { get; } = Environment.GetEnvironmentVariable("KATANET_VIRTIOFSD_TREE");

    /// <summary>The folder of the solution file.</summary>
    public static string RepositoryRoot
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "KataShimNet.sln")))
                    return folder.FullName;
            }

            throw new DirectoryNotFoundException($"no KataShimNet.sln above {AppContext.BaseDirectory}");
        }
    }
}
