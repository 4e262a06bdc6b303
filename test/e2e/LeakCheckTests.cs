using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

/// <summary>The leak check has to bite: each kind of thing is left behind on purpose, and must be reported.</summary>
[Collection(NodeCollection.Name)]
public sealed class LeakCheckTests(NodeFixture fixture)
{
    private static readonly TimeSpan s_short = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("process", "setsid sleep 4321 >/dev/null 2>&1 </dev/null & echo $! > /tmp/stray", "kill $(cat /tmp/stray); rm /tmp/stray", "sleep 4321")]
    [InlineData("mount", "mkdir /mnt/stray; mount -t tmpfs stray /mnt/stray", "umount /mnt/stray; rmdir /mnt/stray", "on /mnt/stray")]
    [InlineData("mount", "setsid unshare --mount sh -c 'mount -t tmpfs hidden /mnt; exec sleep 4322' >/dev/null 2>&1 </dev/null & echo $! > /tmp/stray", "kill $(cat /tmp/stray); rm /tmp/stray", "tmpfs hidden")]
    [InlineData("file p", "mkfifo /run/stray", "rm /run/stray", "/run/stray")]
    [InlineData("file d", "mkdir -p /run/katanet/stray", "rmdir /run/katanet/stray", "/run/katanet/stray")]
    [InlineData("cgroup", "mkdir $(find /sys/fs/cgroup -maxdepth 1 -name pids -o -maxdepth 1 -name init | head -n 1)/stray", "find /sys/fs/cgroup -name stray -exec rmdir {} +", "stray")]
    [InlineData("network device", "ip link add stray type veth peer name yarts", "ip link del stray", "stray")]
    [InlineData("snapshot", "ctr snapshots prepare stray", "ctr snapshots rm stray", "stray")]
    public async Task What_is_left_behind_is_reported(string kind, string leave, string tidy, string name)
    {
        LeakCheck leaks = await LeakCheck.BeginAsync(fixture.Node);
        (await fixture.Node.RunAsync("sh", "-c", leave)).Exits(0);
        try
        {
            IReadOnlyList<string> found = await leaks.FindAsync(s_short);
            Assert.Contains(found, line => line.StartsWith(kind, StringComparison.Ordinal) && line.Contains(name, StringComparison.Ordinal));
        }
        finally
        {
            await fixture.Node.RunAsync("sh", "-c", tidy);
        }

        Assert.Empty(await leaks.FindAsync());
    }

    [Fact]
    public async Task An_open_descriptor_of_containerd_is_reported()
    {
        LeakCheck leaks = await LeakCheck.BeginAsync(fixture.Node);
        // As a shim that holds the connection for its events: the accepted end belongs to the network namespace of the one that connects.
        using KataShimNet.Linux.OwnedFd netns = KataShimNet.Linux.NetworkNamespace.Open($"/proc/{fixture.Node.InitPid}/ns/net");
        using System.Net.Sockets.Socket client = KataShimNet.Linux.NetworkNamespace.Run(
            netns, () => new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0));
        await client.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(fixture.Node.Root + "/run/containerd/containerd.sock.ttrpc"));
        Assert.Contains(await leaks.FindAsync(s_short), line => line.StartsWith("containerd's descriptor unix socket", StringComparison.Ordinal));
        client.Close();
        Assert.Empty(await leaks.FindAsync());
    }

    [Fact]
    public async Task A_quiet_node_leaks_nothing()
    {
        LeakCheck leaks = await LeakCheck.BeginAsync(fixture.Node);
        (await fixture.Node.RunAsync("true")).Exits(0);
        Assert.Empty(await leaks.FindAsync(s_short));
        Assert.True(Directory.Exists(fixture.Node.Root + "/run/containerd"));
        Assert.Contains(ProcessTree.Below(fixture.Node.InitPid), process => process.Name == "containerd");
    }
}
