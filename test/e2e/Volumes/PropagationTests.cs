using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Volumes;

public sealed class PropagationTests(NodeFixture fixture) : PodVolumeTest(fixture)
{
    [Fact]
    public async Task A_mount_made_later_on_the_host_is_seen_and_so_is_its_end()
    {
        string folder = $"{PodFolder}/host";
        Directory.CreateDirectory(OnHost(folder) + "/disk");
        string slave = await JoinAsync(
            [.. Bind(folder, "/slave", "rbind:rslave"), .. Bind(folder, "/private", "rbind:rprivate"), .. Bind(folder, "/shared", "rbind:rshared")], "sleep", "1000");
        (await ShellAsync(slave, "ls /slave/disk /private/disk")).Exits(0).Prints("/private/disk:\n\n/slave/disk:");

        (await Node.RunAsync("sh", "-c", $"mount -t tmpfs later {folder}/disk && echo new > {folder}/disk/file")).Exits(0);
        (await ShellAsync(slave, "cat /slave/disk/file /shared/disk/file; ls /private/disk; echo back > /slave/disk/back")).Exits(0).Prints("new\nnew");
        Assert.Equal("back\n", await File.ReadAllTextAsync(OnHost(folder) + "/disk/back"));

        // The way back ends at the machine, which is said and not kept quiet.
        if (TestNode.IsKatanet)
        {
            Assert.Single(Node.LogLines(), line => line.Contains("bidirectional mount propagation does not leave", StringComparison.Ordinal) && line.Contains(slave, StringComparison.Ordinal));
        }

        (await Node.RunAsync("sh", "-c", $"umount -l {folder}/disk")).Exits(0);
        await EventuallyAsync("the mount is gone in the container", TimeSpan.FromSeconds(30), async () =>
            (await ShellAsync(slave, "ls /slave/disk")).Text == "");
    }
}
