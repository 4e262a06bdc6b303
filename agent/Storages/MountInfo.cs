using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace KataShimNet.Agent.Storages;

/// <summary>A mount of this namespace.</summary>
/// <param name="Target">Where it is.</param>
/// <param name="Type">File system.</param>
internal readonly record struct MountInfo(string Target, string Type)
{
    /// <summary>The mount at a path, the topmost; null when nothing is mounted there.</summary>
    /// <param name="target">Path without a slash at its end.</param>
    public static MountInfo? Find(string target)
    {
        foreach (var mount in All().Reverse())
        {
            if (mount.Target == target)
                return mount;
        }

        return null;
    }

    /// <summary>All mounts, oldest first.</summary>
    public static IEnumerable<MountInfo> All() => File.ReadAllLines("/proc/self/mountinfo").Select(Parse);

    /// <summary>Parses a line of /proc/self/mountinfo (proc_pid_mountinfo(5)).</summary>
    /// <param name="line">The line.</param>
    public static MountInfo Parse(string line)
    {
        var words = line.Split(' ');
        var separator = Array.IndexOf(words, "-");
        return new MountInfo(Unescape(words[4]), words[separator + 1]);
    }

    // Space, tab, line feed and backslash are written as three octal digits.
    private static string Unescape(string path)
    {
        if (!path.Contains('\\', StringComparison.Ordinal))
            return path;
        var text = new System.Text.StringBuilder(path.Length);
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == '\\' && i + 3 < path.Length)
            {
                text.Append((char)Convert.ToInt32(path.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                text.Append(path[i]);
            }
        }

        return text.ToString();
    }
}
