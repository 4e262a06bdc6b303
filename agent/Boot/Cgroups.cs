using System;
using System.IO;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Boot;

/// <summary>The cgroup2 tree: all controllers are handed down to the containers' groups (kernel: admin-guide/cgroup-v2.rst).</summary>
internal static class Cgroups
{
    /// <summary>Where the tree is mounted.</summary>
    public const string Root = "/sys/fs/cgroup";

    /// <summary>The group below which every container has its own.</summary>
    public const string Parent = "/katanet";

    /// <summary>Mounts the tree and enables its controllers for the containers.</summary>
    public static void Set()
    {
        Mounts.Mount("cgroup2", Root, "cgroup2", SysMount.MS_NOSUID | SysMount.MS_NODEV | SysMount.MS_NOEXEC, "nsdelegate,memory_recursiveprot");
        Directory.CreateDirectory(Root + Parent);
        Enable(Root);
        Enable(Root + Parent);
    }

    // One by one: a single controller that cannot be enabled must not keep the others off.
    private static void Enable(string group)
    {
        foreach (var controller in File.ReadAllText(group + "/cgroup.controllers").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                File.WriteAllText(group + "/cgroup.subtree_control", "+" + controller);
            }
            catch (IOException)
            {
            }
        }
    }
}
