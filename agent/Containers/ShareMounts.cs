using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using KataShimNet.Agent.Boot;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.Linux;

namespace KataShimNet.Agent.Containers;

/// <summary>The exports of the shares that containers use: each is a mount of its own that comes by itself and has to be let go of.</summary>
internal static class ShareMounts
{
    private static readonly string[] s_shares = [GuestContract.SharePath + "/", GuestContract.MappedSharePath + "/"];

    /// <summary>What a path below a share begins with: the share's own path and a slash.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Null for another path.</returns>
    public static string? ShareOf(string path) => Array.Find(s_shares, share => path.StartsWith(share, StringComparison.Ordinal));

    /// <summary>What a container uses of the shares: its root, and the sources of its mounts and storages.</summary>
    /// <param name="spec">Its spec, adapted.</param>
    /// <param name="storages">Its storages.</param>
    public static IReadOnlyList<string> PathsOf(Spec spec, IEnumerable<Storage> storages) =>
        [.. spec.Mounts.Select(m => m.Source).Append(spec.Root.Path).Concat(storages.Select(s => s.Source)).Where(p => ShareOf(p) is not null).Distinct()];

    /// <summary>Makes the kernel mount the exports: not every way to look at a path does (path_resolution(7), automounts).</summary>
    /// <param name="paths">From <see cref="PathsOf"/>.</param>
    public static void Touch(IEnumerable<string> paths)
    {
        foreach (var path in paths)
            _ = Directory.Exists(path + "/.");
    }

    /// <summary>Takes exports off the tree that nobody uses any longer, so that the host can release them.</summary>
    /// <param name="paths">What a container used.</param>
    /// <param name="stillUsed">What the others use.</param>
    public static void Release(IEnumerable<string> paths, IEnumerable<string> stillUsed)
    {
        var points = MountInfo.All().Select(m => m.Target).Where(t => ShareOf(t) is not null).ToHashSet();
        var kept = stillUsed.Select(p => PointOf(p, points)).ToHashSet();
        foreach (var point in paths.Select(p => PointOf(p, points)).Distinct().OfType<string>().OrderByDescending(p => p.Length))
        {
            if (!kept.Contains(point))
                Mounts.Detach(point);
        }
    }

    /// <summary>The mount point that a path lies in.</summary>
    /// <param name="path">The path.</param>
    /// <param name="points">All mount points below the shares.</param>
    /// <returns>Null when it lies in none.</returns>
    public static string? PointOf(string path, IReadOnlySet<string> points)
    {
        var share = ShareOf(path)?.Length ?? path.Length;
        for (var at = path; at.Length > share; at = at[..at.LastIndexOf('/')])
        {
            if (points.Contains(at))
                return at;
        }

        return null;
    }
}
