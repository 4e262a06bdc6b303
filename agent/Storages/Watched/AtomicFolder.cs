using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Storages.Watched;

/// <summary>
/// Copies a folder that kubelet writes as a whole, in kubelet's own way (Kubernetes, pkg/volume/util/atomic_writer.go): the new content
/// comes into a folder of its own, then a link is moved to it. Readers see all of the old or all of the new, and get the events.
/// </summary>
/// <param name="source">The host's folder.</param>
/// <param name="target">The copy.</param>
internal sealed class AtomicFolder(string source, string target)
{
    private const string DataLink = "..data";
    private const string NewDataLink = "..data_tmp";

    // The host may move on while we copy; it tells of that, so this ends soon.
    private const int Attempts = 8;

    /// <summary>Brings the copy up to date. Not for concurrent use.</summary>
    /// <exception cref="IOException">It cannot be read, or there is no room; the copy is as it was.</exception>
    /// <exception cref="TtrpcException">FailedPrecondition: the host's folder is none of these, or changes all the time.</exception>
    public void Refresh()
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var version = Version(source)
                ?? throw new TtrpcException(StatusCode.FailedPrecondition, $"{source} has no link {DataLink}: kubelet did not write it");
            if (Version(target) == version || TryTake(version))
            {
                CopyLinks();
                DropOthers(version);
                if (Version(source) == version)
                    return;
            }
        }

        throw new TtrpcException(StatusCode.FailedPrecondition, $"{source} changes faster than it can be copied");
    }

    private static string? Version(string folder)
    {
        var version = new FileInfo(Path.Combine(folder, DataLink)).LinkTarget;
        return version is null or "." or ".." || version.Contains('/', StringComparison.Ordinal) ? null : version;
    }

    private bool TryTake(string version)
    {
        var copy = Path.Combine(target, version);
        try
        {
            FileCopy.CopyTree(Path.Combine(source, version), copy);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // The host has a newer one already, and took this one away.
            Drop(copy);
            return false;
        }
        catch
        {
            Drop(copy);
            throw;
        }

        var link = Path.Combine(target, NewDataLink);
        File.Delete(link);
        File.CreateSymbolicLink(link, version);
        FileCopy.Rename(link, Path.Combine(target, DataLink));
        return true;
    }

    // The names that people use: each is a link through ..data.
    private void CopyLinks()
    {
        var wanted = Links(source);
        var present = Links(target);
        foreach (var (name, to) in wanted)
        {
            if (present.TryGetValue(name, out var now) && now == to)
                continue;
            var path = Path.Combine(target, name);
            File.Delete(path);
            File.CreateSymbolicLink(path, to);
        }

        foreach (var name in present.Keys.Where(name => !wanted.ContainsKey(name)))
            File.Delete(Path.Combine(target, name));
    }

    private void DropOthers(string version)
    {
        foreach (var folder in Directory.GetDirectories(target, "..*"))
        {
            var name = Path.GetFileName(folder);
            if (name != version && new FileInfo(folder).LinkTarget is null)
                Drop(folder);
        }
    }

    private static Dictionary<string, string> Links(string folder) =>
        Directory.EnumerateFileSystemEntries(folder)
            .Select(path => (Name: Path.GetFileName(path), To: new FileInfo(path).LinkTarget))
            .Where(link => link.To is not null && !link.Name.StartsWith("..", StringComparison.Ordinal))
            .ToDictionary(link => link.Name, link => link.To!);

    private static void Drop(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
