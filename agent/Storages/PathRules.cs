using System;
using System.IO;
using System.Linq;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Storages;

/// <summary>What a path from the host must look like.</summary>
internal static class PathRules
{
    /// <summary>A path that begins at the root, with no <c>..</c> in it and no slash at its end.</summary>
    /// <param name="path">The path.</param>
    /// <param name="what">What it is, for the error.</param>
    /// <exception cref="TtrpcException">InvalidArgument.</exception>
    public static string Absolute(string path, string what)
    {
        if (!path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal) || path.Split('/').Contains(".."))
            throw new TtrpcException(StatusCode.InvalidArgument, $"{what} '{path}': an absolute path without '..' is needed");
        var trimmed = path.TrimEnd('/');
        return trimmed.Length == 0 ? "/" : trimmed;
    }

    /// <summary>A name that can be one component of a path: ids of containers and processes.</summary>
    /// <param name="name">The name.</param>
    /// <param name="what">What it is, for the error.</param>
    /// <exception cref="TtrpcException">InvalidArgument.</exception>
    public static string Component(string name, string what)
    {
        if (name.Length is 0 or > 128 || name is "." or ".." || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '+'))
            throw new TtrpcException(StatusCode.InvalidArgument, $"{what} '{name}': letters, digits and . _ - + are allowed, 1 to 128 of them");
        return name;
    }

    /// <summary>Makes what a bind mount needs at its target: a directory for a directory, an empty file for anything else.</summary>
    /// <param name="source">What is to be bound.</param>
    /// <param name="target">Where to.</param>
    public static void MakeTarget(string source, string target)
    {
        if (Directory.Exists(source))
        {
            Directory.CreateDirectory(target);
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (!File.Exists(target))
            File.Create(target).Dispose();
    }
}
