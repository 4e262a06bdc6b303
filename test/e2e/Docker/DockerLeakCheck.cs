using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Docker;

/// <summary>The leak check of a node, with what Docker has besides: packet filter rules, containers in containerd's namespace "moby".</summary>
public sealed class DockerLeakCheck
{
    private const string Listing = """
        iptables-save | grep '^-A' | sed 's/^/rule /'
        ip6tables-save | grep '^-A' | sed 's/^/rule of IPv6 /'
        ctr -n moby containers ls -q | sed 's/^/container of Docker /'
        ctr -n moby tasks ls -q | sed 's/^/task of Docker /'
        """;

    // Folders that Docker and containerd make at the first container and keep.
    private static readonly string[] s_kept =
    [
        "file d /run/docker/containerd", "file d /run/docker/netns", "file d /run/docker/runtime-runc", "file d /run/docker/runtime-runc/moby",
        "file d /run/containerd/io.containerd.runtime.v2.task/moby", "file d /var/lib/containerd/io.containerd.runtime.v2.task/moby",
    ];

    private readonly DockerNode _docker;
    private readonly LeakCheck _node;
    private readonly IReadOnlySet<string> _before;

    private DockerLeakCheck(DockerNode docker, LeakCheck node, IReadOnlySet<string> before) => (_docker, _node, _before) = (docker, node, before);

    /// <summary>Remembers the node as it is.</summary>
    public static async Task<DockerLeakCheck> BeginAsync(DockerNode docker) =>
        new(docker, await LeakCheck.BeginAsync(docker.Node), await TakeAsync(docker.Node));

    /// <summary>What has been left behind: empty as soon as there is nothing.</summary>
    public async Task<IReadOnlyList<string>> FindAsync() =>
        [.. (await _node.FindAsync()).Where(IsNotKept), .. (await TakeAsync(_docker.Node)).Except(_before)];

    private bool IsNotKept(string line) =>
        !s_kept.Contains(line) &&
        // Docker unmounts a network namespace at once, which the list of mounts shows, and deletes its empty file within the next minute.
        !line.StartsWith("file f /run/docker/netns/", StringComparison.Ordinal) &&
        !(line.StartsWith("cgroup ", StringComparison.Ordinal) && line.EndsWith($"/katanet-{_docker.Node.Id}/docker", StringComparison.Ordinal));

    private static async Task<HashSet<string>> TakeAsync(TestNode node) =>
        [.. (await node.RunAsync("sh", "-c", Listing)).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
}
