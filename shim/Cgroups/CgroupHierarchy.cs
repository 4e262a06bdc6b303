using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace KataShimNet.Shim.Cgroups;

/// <summary>A mounted hierarchy of cgroups (cgroups(7)): one of version 1, or the unified one of version 2.</summary>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="Controllers">Version 1: its controllers, or its name as <c>name=systemd</c>. Empty for the unified one.</param>
internal sealed record CgroupHierarchy(string MountPoint, IReadOnlyList<string> Controllers)
{
    private const string Processes = "cgroup.procs";

    // A new cpuset of version 1 has neither, and takes no process until it has.
    private static readonly string[] s_cpusetFiles = ["cpuset.cpus", "cpuset.mems"];

    /// <summary>All hierarchies.</summary>
    /// <param name="mountinfo">Lines of /proc/self/mountinfo (proc_pid_mountinfo(5)).</param>
    public static IReadOnlyList<CgroupHierarchy> Read(IEnumerable<string> mountinfo)
    {
        var found = new Dictionary<string, CgroupHierarchy>(StringComparer.Ordinal);
        foreach (var line in mountinfo)
        {
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            if (dash < 5 || fields.Length < dash + 4 || fields[dash + 1] is not ("cgroup" or "cgroup2"))
                continue;
            string[] controllers = fields[dash + 1] == "cgroup2" ? [] : [.. fields[dash + 3].Split(',').Where(IsController)];
            // One that is mounted twice is still one.
            found.TryAdd(string.Join(',', controllers), new CgroupHierarchy(fields[4], controllers));
        }

        return [.. found.Values];
    }

    /// <summary>The folder of a cgroup.</summary>
    /// <param name="group">Its path, from the root of the hierarchy.</param>
    public string FolderOf(string group) => MountPoint + group;

    /// <summary>The cgroup of this process, or the root when that cannot be told.</summary>
    /// <param name="own">Lines of /proc/self/cgroup: <c>id:controllers:path</c>.</param>
    public string GroupIn(IEnumerable<string> own)
    {
        foreach (var line in own)
        {
            if (line.Split(':', 3) is [_, var controllers, var path] && (Controllers.Count == 0 ? controllers.Length == 0 : controllers.Split(',').Contains(Controllers[0])))
                return path;
        }

        return "/";
    }

    /// <summary>Makes a cgroup, with those above it, as far as they are not there.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public void Make(string group)
    {
        var folder = MountPoint;
        foreach (var name in group.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var above = folder;
            folder = $"{above}/{name}";
            if (Directory.Exists(folder))
                continue;
            Directory.CreateDirectory(folder);
            if (Controllers.Contains("cpuset"))
                CopyCpuset(above, folder);
        }
    }

    /// <summary>Moves a process, with all its threads, into a cgroup; what it starts from then on begins there.</summary>
    /// <param name="group">The cgroup.</param>
    /// <param name="process">Its id.</param>
    /// <exception cref="IOException">The kernel refuses, or there is no such process.</exception>
    public void Enter(string group, int process) => Write($"{FolderOf(group)}/{Processes}", process.ToString(CultureInfo.InvariantCulture));

    /// <summary>Removes a cgroup if it is there.</summary>
    /// <exception cref="IOException">There are still processes in it.</exception>
    public void Remove(string group)
    {
        try
        {
            Directory.Delete(FolderOf(group));
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody was faster: kubelet removes a pod's cgroup with all that is in it.
        }
    }

    private static bool IsController(string option) =>
        option is not ("rw" or "ro" or "xattr" or "clone_children" or "noprefix" or "cpuset_v2_mode")
        && !option.StartsWith("release_agent=", StringComparison.Ordinal);

    private static void CopyCpuset(string from, string to)
    {
        foreach (var file in s_cpusetFiles)
        {
            if (File.ReadAllText($"{to}/{file}").Trim().Length == 0)
                Write($"{to}/{file}", File.ReadAllText($"{from}/{file}").Trim());
        }
    }

    // In one write, and without cutting the file first, as the kernel wants it.
    private static void Write(string path, string text)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(Encoding.UTF8.GetBytes(text));
    }
}
