using System;
using System.IO;

namespace KataShimNet.Bench;

/// <summary>The repository, and what was built in it.</summary>
/// <param name="Root">Its folder.</param>
internal sealed record Repository(string Root)
{
    public static readonly string[] Programs = ["containerd-shim-katanet-v2", "katanet-fsd", "katanet-agent", "katanet"];

    public string Bin => Path.Combine(Root, "artifacts/bin");

    public string Guest => Path.Combine(Root, "artifacts/guest");

    /// <summary>The repository that the working directory is in.</summary>
    public static Repository Find()
    {
        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "KataShimNet.sln")))
                return new Repository(folder.FullName);
        }
        throw new BenchException($"{Environment.CurrentDirectory} is not in the repository; run make bench there");
    }

    /// <summary>Throws unless everything that is measured is there.</summary>
    /// <param name="withGuest">Whether the guest is part of that.</param>
    public void CheckBuilt(bool withGuest)
    {
        foreach (string program in withGuest ? Programs : ["katanet-fsd"])
        {
            if (!File.Exists(Path.Combine(Bin, program)))
                throw new BenchException($"there is no artifacts/bin/{program}; run make publish");
        }
        if (withGuest && !Directory.Exists(Path.Combine(Guest, "guest")))
            throw new BenchException("there is no artifacts/guest/guest; run make guest");
    }
}
