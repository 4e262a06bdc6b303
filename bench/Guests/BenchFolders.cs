using System;
using System.Collections.Generic;
using System.IO;

namespace KataShimNet.Bench.Guests;

/// <summary>Folders on the repository's file system that are shared with guests, gone afterwards.</summary>
internal sealed class BenchFolders : IDisposable
{
    private readonly string _root;
    private int _folders;

    public BenchFolders(Repository repository)
    {
        string id = Guid.NewGuid().ToString("N");
        _root = Path.Combine(repository.Root, "artifacts/bench", id);
        Coherency = Path.Combine("/dev/shm", $"katanet-bench-{id}");
        Directory.CreateDirectory(_root);
        Directory.CreateDirectory(Coherency);
    }

    /// <summary>A folder on tmpfs for <c>--coherency-dir</c>.</summary>
    public string Coherency { get; }

    /// <summary>Makes another folder, with files of random bytes.</summary>
    /// <param name="files">Names, and MiB.</param>
    /// <returns>Its path.</returns>
    public string Add(params IEnumerable<(string Name, int Mib)> files)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_root, $"{_folders}")).FullName;
        byte[] block = new byte[1 << 20];
        new Random(_folders++).NextBytes(block);
        foreach ((string name, int mib) in files)
        {
            using FileStream file = File.Create(Path.Combine(folder, name));
            for (int i = 0; i < mib; i++)
                file.Write(block);
        }
        return folder;
    }

    public void Dispose()
    {
        Directory.Delete(_root, recursive: true);
        Directory.Delete(Coherency, recursive: true);
    }
}
