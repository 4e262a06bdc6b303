using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace KataShimNet.Bench.Sizes;

/// <summary>How large a part of the product is.</summary>
/// <param name="Name">The part.</param>
/// <param name="Bytes">Sum of the files' lengths.</param>
/// <param name="Files">Number of files.</param>
public sealed record Size(string Name, long Bytes, int Files)
{
    /// <summary>Every program, the guest tree, and what lies beside it.</summary>
    internal static IReadOnlyList<Size> Measure(Repository repository)
    {
        var sizes = new List<Size>();
        foreach (string program in Repository.Programs)
            sizes.Add(new Size(program, new FileInfo(Path.Combine(repository.Bin, program)).Length, 1));
        // Links are not followed: what they name is counted once.
        FileInfo[] tree = [.. new DirectoryInfo(Path.Combine(repository.Guest, "guest"))
            .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })];
        sizes.Add(new Size("guest tree", tree.Sum(file => file.Length), tree.Length));
        foreach (FileInfo file in new DirectoryInfo(repository.Guest).EnumerateFiles().Where(file => file.Name[0] != '.').OrderBy(file => file.Name))
            sizes.Add(new Size(file.Name, file.Length, 1));
        return sizes;
    }
}
