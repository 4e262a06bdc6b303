using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Leaks;

/// <summary>
/// All that a container could leave behind on a node, a line each: processes, mounts of every mount namespace, unix sockets, files and
/// fifos, cgroups, network devices, loop devices, open descriptors of containerd, and what containerd itself knows.
/// </summary>
public static class NodeInventory
{
    /// <summary>How a descriptor that containerd has open begins.</summary>
    public const string ContainerdDescriptor = "containerd's descriptor ";

    // Folders that whoever comes first makes, and that stay on purpose.
    private static readonly HashSet<string> s_permanent = new(StringComparer.Ordinal)
    {
        "file d /run/containerd/runc",
        "file d /run/containerd/runc/default",
        "file d /run/containerd/s",
        "file d /run/containerd/fifo",
        "file d /run/containerd/io.containerd.runtime.v2.task/default",
        "file d /run/katanet",
        "file f /run/katanet/uids",
        "file d /run/katanet/coherency",
        "file f /run/katanet/coherency/table.v2",
        "file f /run/katanet/coherency/maps.v1",
        "file f /run/katanet/coherency/marks.v1",
        "file f /run/katanet/coherency/opens.v1",
        "file d /run/containerd/io.containerd.sandbox.controller.v1.shim/k8s.io",
        "file d /run/mount",
        "file d /var/lib/containerd/io.containerd.runtime.v2.task/default",
        "file d /var/lib/containerd/io.containerd.sandbox.controller.v1.shim/k8s.io",
    };

    // -xdev keeps out of what is mounted below; the snapshots' folders and the images' files are containerd's business: with eight
    // containers at once its collector now and then leaves a folder until the next snapshot goes. What a runtime could
    // do is to be in the way of a deletion, and that is in containerd's log.
    private const string Listing = """
        find /run /tmp /var/tmp /dev/shm /etc/katanet /mnt /var/lib/containerd -xdev \
            \( -path '/var/lib/containerd/io.containerd.content.v1.content/*' -o -path '*/snapshots/*' \) -prune \
            -o -printf 'file %y %p\n'
        for n in default k8s.io; do
            ctr -n $n containers ls -q | sed "s/^/container $n /"
            ctr -n $n tasks ls -q | sed "s/^/task $n /"
            ctr -n $n leases ls -q | sed "s/^/lease $n /"
            for s in overlayfs native; do ctr -n $n snapshots --snapshotter $s ls | sed "1d; s/  */ /g; s/^/snapshot $n $s /"; done
        done
        find /var/lib/cni -type f -path '*/networks/*' -name '*.*.*.*' -printf 'address %p\n'
        grep -s . /sys/block/loop*/loop/backing_file | sed 's/^/loop /'
        true
        """;

    /// <summary>Takes the inventory as it is at this moment.</summary>
    public static async Task<IReadOnlySet<string>> TakeAsync(TestNode node)
    {
        CommandResult listing = (await node.RunAsync("sh", "-c", Listing)).Exits(0);
        HashSet<string> all = new(StringComparer.Ordinal);
        all.UnionWith(listing.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        all.UnionWith(node.LogLines().Where(line => line.Contains("failed to remove directory", StringComparison.Ordinal)));
        all.UnionWith(Sockets(node));
        all.UnionWith(Devices(node));
        all.UnionWith(Cgroups(node));
        IReadOnlyList<ProcessEntry> processes = ProcessTree.Below(node.InitPid);
        // containerd itself may be another one than before.
        all.UnionWith(processes.Where(process => process is not { Name: "containerd", State: not 'Z' }).Select(process => $"process {process.StartTime} {process}"));
        all.UnionWith(Mounts(processes));
        all.UnionWith(Descriptors(node, processes.First(process => process.Name == "containerd").Pid));
        all.ExceptWith(s_permanent);
        return all;
    }

    private static IEnumerable<string> Mounts(IReadOnlyList<ProcessEntry> processes)
    {
        HashSet<string> namespaces = [];
        foreach (ProcessEntry process in processes)
        {
            string[] lines;
            try
            {
                string name = new FileInfo($"/proc/{process.Pid}/ns/mnt").LinkTarget ?? "";
                if (!namespaces.Add(name))
                {
                    continue;
                }

                lines = File.ReadAllLines($"/proc/{process.Pid}/mountinfo");
            }
            catch (IOException)
            {
                continue;
            }

            foreach (string line in lines)
            {
                // "36 35 98:0 /root /mountpoint options - type source": ids differ from run to run, the rest says what it is.
                string[] fields = line.Split(' ');
                int dash = Array.IndexOf(fields, "-");
                yield return $"mount in the namespace of {process.Name}: {fields[dash + 1]} {fields[dash + 2]}{fields[3]} on {fields[4]}";
            }
        }
    }

    private static IEnumerable<string> Sockets(TestNode node) =>
        // "address: refs protocol flags type state inode path": those with a path stand for a service.
        SocketKinds.Lines(node.InitPid, "unix")
            .Where(fields => fields.Length > 7)
            .Select(fields => fields[7])
            .Distinct()
            .Select(path => $"socket {path}");

    private static IEnumerable<string> Devices(TestNode node) =>
        File.ReadLines($"/proc/{node.InitPid}/net/dev").Skip(2).Select(line => $"network device {line.Split(':')[0].Trim()}");

    private static IEnumerable<string> Cgroups(TestNode node) =>
        from hierarchy in Directory.EnumerateDirectories("/sys/fs/cgroup").Prepend("/sys/fs/cgroup")
        let folder = Path.Combine(hierarchy, $"katanet-{node.Id}")
        where Directory.Exists(folder)
        from cgroup in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories)
        where Path.GetFileName(cgroup) is not ("default" or "init")
        select $"cgroup {cgroup}";

    private static IEnumerable<string> Descriptors(TestNode node, int containerd)
    {
        Dictionary<string, string> sockets = SocketKinds.Read(node.InitPid);
        Dictionary<string, int> seen = [];
        foreach (string link in Directory.EnumerateFileSystemEntries($"/proc/{containerd}/fd"))
        {
            string target;
            try
            {
                target = new FileInfo(link).LinkTarget ?? "";
            }
            catch (IOException)
            {
                continue;
            }

            // "socket:[1234]": the number is another one each time.
            int bracket = target.IndexOf(":[", StringComparison.Ordinal);
            string kind = bracket < 0 ? target
                : target.StartsWith("socket:", StringComparison.Ordinal) ? sockets.GetValueOrDefault(target, SocketKinds.OfAnotherNamespace)
                : target[..bracket];
            // Connections of its clients: the tests' own comes and goes as it likes.
            if (kind is not (SocketKinds.OfAClient or SocketKinds.OfAnotherNamespace))
            {
                seen[kind] = seen.GetValueOrDefault(kind) + 1;
                yield return $"{ContainerdDescriptor}{kind} #{seen[kind]}";
            }
        }
    }
}
