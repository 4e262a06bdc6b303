using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.EndToEndTests.Volumes;

/// <summary>A configMap, secret, projected or downwardAPI volume, written as kubelet does (Kubernetes, pkg/volume/util/atomic_writer.go).</summary>
/// <param name="folder">The volume's folder, as the tests see it.</param>
public sealed class KubeletVolume(string folder)
{
    private int _version;

    /// <summary>Writes a whole new content: a folder of its own, the link that is moved to it, then the names that people use.</summary>
    public void Write(IReadOnlyDictionary<string, string> files)
    {
        string version = string.Create(CultureInfo.InvariantCulture, $"..2026_11_23_05_00_00.{++_version}");
        string content = Path.Combine(folder, version);
        Directory.CreateDirectory(content);
        foreach ((string name, string text) in files)
        {
            string path = Path.Combine(content, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        }

        string data = Path.Combine(folder, "..data");
        string? old = new FileInfo(data).LinkTarget;
        string fresh = Path.Combine(folder, "..data_tmp");
        File.CreateSymbolicLink(fresh, version);
        // Not File.Move: it takes a link to a folder for a folder.
        LinuxException.Check(SysStdio.renameat(Fcntl.AT_FDCWD, fresh, Fcntl.AT_FDCWD, data), "rename", data);
        HashSet<string> names = [.. files.Keys.Select(name => name.Split('/')[0])];
        foreach (string name in names.Where(name => !Path.Exists(Path.Combine(folder, name)) && new FileInfo(Path.Combine(folder, name)).LinkTarget is null))
        {
            File.CreateSymbolicLink(Path.Combine(folder, name), $"..data/{name}");
        }

        foreach (string path in Directory.GetFileSystemEntries(folder).Where(path => !Path.GetFileName(path).StartsWith("..", StringComparison.Ordinal)))
        {
            if (!names.Contains(Path.GetFileName(path)))
            {
                File.Delete(path);
            }
        }

        if (old is not null)
        {
            Directory.Delete(Path.Combine(folder, old), recursive: true);
        }
    }
}
