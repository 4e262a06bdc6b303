using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace KataShimNet.Linux;

/// <summary>A mount of this mount namespace, as /proc/self/mountinfo has it (proc_pid_mountinfo(5)).</summary>
/// <param name="Id">Its id; statx(2) names it too.</param>
/// <param name="Parent">Id of the mount that it is on.</param>
/// <param name="Device">Number of its file system, <c>major:minor</c>.</param>
/// <param name="Root">Path of its root within the file system.</param>
/// <param name="Target">Where it is.</param>
/// <param name="IsShared">Whether it has peers to which mounts below it propagate.</param>
/// <param name="Type">File system.</param>
public readonly record struct MountInfo(int Id, int Parent, string Device, string Root, string Target, bool IsShared, string Type)
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

    /// <summary>Parses a line.</summary>
    /// <param name="line">The line.</param>
    public static MountInfo Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var words = line.Split(' ');
        var separator = Array.IndexOf(words, "-");
        return new MountInfo(
            int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture), words[2],
            Unescape(words[3]), Unescape(words[4]),
            words[6..separator].Any(word => word.StartsWith("shared:", StringComparison.Ordinal)), words[separator + 1]);
    }

    // Space, tab, line feed and backslash are written as three octal digits.
    private static string Unescape(string path)
    {
        if (!path.Contains('\\', StringComparison.Ordinal))
            return path;
        var text = new StringBuilder(path.Length);
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
