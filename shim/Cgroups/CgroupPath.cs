using System;
using System.Collections.Generic;
using System.Linq;

namespace KataShimNet.Shim.Cgroups;

/// <summary>Where a sandbox's cgroup lies, by <c>linux.cgroupsPath</c> of its specification.</summary>
internal static class CgroupPath
{
    private const string SliceSuffix = ".slice";

    /// <summary>
    /// The cgroup of a sandbox: beside where the path leads, under the name that runc would give it. In a pod that is in the pod's own, where
    /// kubelet has set the pod's limits, and by that name kubelet finds the pod's network in its statistics.
    /// </summary>
    /// <param name="cgroupsPath">A path (<c>/kubepods/burstable/podUID/ID</c>), or systemd's form (<c>slice:prefix:name</c>).</param>
    /// <param name="sandboxId">Id of the sandbox.</param>
    /// <returns>Path below the root of every hierarchy; null when no cgroup was asked for.</returns>
    /// <exception cref="FormatException">The path has <c>..</c> in it, or what should be a slice or part of a scope's name is none.</exception>
    public static string? OfSandbox(string cgroupsPath, string sandboxId)
    {
        if (cgroupsPath.Length == 0)
            return null;
        return cgroupsPath.Split(':') is [var slice, var prefix, _]
            ? $"{OfSlice(slice)}/{ScopeName(prefix, sandboxId)}"
            : $"{OfParent(cgroupsPath)}/{sandboxId}";
    }

    // "a-b.slice" lies in "a.slice" (systemd.slice(5)). "-.slice" is the root.
    private static string OfSlice(string slice)
    {
        if (slice.Length == 0)
            return "/system" + SliceSuffix;
        if (slice == "-" + SliceSuffix)
            return "";
        if (!slice.EndsWith(SliceSuffix, StringComparison.Ordinal) || slice.Contains('/', StringComparison.Ordinal))
            throw new FormatException($"linux.cgroupsPath: {slice} is no slice: its name has to end in {SliceSuffix}");
        var parts = slice[..^SliceSuffix.Length].Split('-');
        if (parts.Any(part => part.Length == 0))
            throw new FormatException($"linux.cgroupsPath: {slice} is no slice: a part of its name is empty");
        var names = new List<string>();
        for (var i = 1; i <= parts.Length; i++)
            names.Add($"/{string.Join('-', parts[..i])}{SliceSuffix}");
        return string.Concat(names);
    }

    private static string ScopeName(string prefix, string sandboxId) =>
        prefix.Contains('/', StringComparison.Ordinal)
            ? throw new FormatException($"linux.cgroupsPath: {prefix} begins no scope's name: it has a slash in it")
            : $"{prefix}-{sandboxId}.scope";

    private static string OfParent(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Contains(".."))
            throw new FormatException($"linux.cgroupsPath: {path} leads upwards");
        return string.Concat(parts.SkipLast(1).Where(part => part != ".").Select(part => "/" + part));
    }
}
