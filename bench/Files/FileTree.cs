using System;
using System.IO;
using KataShimNet.Bench.Files.Workloads;

namespace KataShimNet.Bench.Files;

/// <summary>The folder that both daemons serve, gone afterwards.</summary>
internal sealed class FileTree : IDisposable
{
    public const string ReadFile = "read";
    public const string WriteFile = "write";
    public const string KnownFolder = "known";
    public const string LargeFolder = "large";
    public const string FreshFolder = "fresh";
    public const string EmptyFolder = "empty";
    public const int KnownFiles = 1000;
    public const int LargeFiles = 10_000;
    private const int FileSize = 64 << 20;

    private FileTree(string root) => Root = root;

    public string Root { get; }

    /// <summary>Makes it below a folder.</summary>
    public static FileTree Create(string parent)
    {
        string root = Path.Combine(parent, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(root);
        var tree = new FileTree(root);
        try
        {
            byte[] block = new byte[1 << 20];
            new Random(1).NextBytes(block);
            foreach (string name in (string[])[ReadFile, WriteFile])
            {
                using FileStream file = File.Create(Path.Combine(root, name));
                for (int at = 0; at < FileSize; at += block.Length)
                    file.Write(block);
            }
            Directory.CreateDirectory(Path.Combine(root, EmptyFolder));
            Fill(Path.Combine(root, KnownFolder), KnownFiles);
            Fill(Path.Combine(root, LargeFolder), LargeFiles);
            Fill(Path.Combine(root, FreshFolder), LargeFiles);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static void Fill(string folder, int count)
    {
        Directory.CreateDirectory(folder);
        for (int i = 0; i < count; i++)
            File.Create(Path.Combine(folder, Attributes.NameOf(i))).Dispose();
    }
}
