using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Volumes;

public sealed class HostFolderTests(NodeFixture fixture) : PodVolumeTest(fixture)
{
    [Fact]
    public async Task Containers_of_a_pod_share_folders_memory_and_read_only_views()
    {
        string folder = $"{PodFolder}/volumes/kubernetes.io~empty-dir/data";
        string sub = $"{PodFolder}/volume-subpaths/data/one/0";
        Directory.CreateDirectory(OnHost(folder) + "/sub");
        Directory.CreateDirectory(OnHost(folder) + "/below");
        Directory.CreateDirectory(OnHost(sub));
        await File.WriteAllBytesAsync(OnHost(folder) + "/page", new byte[4096]);
        await File.WriteAllTextAsync(OnHost(folder) + "/sub/file", "of the sub-path");
        string hosts = $"{PodFolder}/etc-hosts";
        await File.WriteAllTextAsync(OnHost(hosts), "10.0.0.1 from-the-host\n");
        // As kubelet binds a sub-path, and a mount below the volume.
        (await Node.RunAsync("sh", "-c", $"mount --bind {folder}/sub {sub} && mount -t tmpfs below {folder}/below && touch {folder}/below/there")).Exits(0);

        string one = await JoinAsync([.. Bind(folder, "/data"), .. Bind(sub, "/sub"), .. Bind(hosts, "/etc/hosts")], "sleep", "1000");
        string two = await JoinAsync([.. Bind(folder, "/data"), .. Bind(folder, "/view", "rbind:ro"), .. Bind(folder, "/all", "rbind:rro"), .. Bind(sub + "/file", "/etc/motd", "rbind:ro"), .. Bind(hosts, "/etc/hosts")], "sleep", "1000");

        // Neither calls into the kernel between its stores and loads: they have the same page.
        using (System.Diagnostics.Process answer = await BeginAsync(one, "mapped", "probe", "answer", "/data/page"))
        {
            (await ShellAsync(two, "probe ask /data/page")).Exits(0).Prints("heard");
            await answer.WaitForExitAsync();
            Assert.Equal(0, answer.ExitCode);
        }

        (await ShellAsync(one, "cat /sub/file; echo -n more >> /sub/file; cat /data/sub/file")).Exits(0).Prints("of the sub-pathof the sub-pathmore");
        // kubelet's file of hosts is one for all containers, who may write it.
        (await ShellAsync(one, "echo 10.0.0.2 from-a-container >> /etc/hosts")).Exits(0);
        (await ShellAsync(two, "cat /etc/hosts")).Exits(0).Prints("10.0.0.1 from-the-host\n10.0.0.2 from-a-container");
        (await ShellAsync(two, "cat /etc/motd")).Exits(0).Prints("of the sub-pathmore");
        (await ShellAsync(two, "touch /data/new; ls /view/new /view/below")).Exits(0).Prints("/view/new\n\n/view/below:\nthere");
        CommandResult refused = await ShellAsync(two, "touch /view/x; touch /all/x; touch /all/below/x; echo x >> /etc/motd; echo done");
        Assert.Equal(4, refused.ErrorOutput.Split("Read-only file system").Length - 1);
        Assert.False(File.Exists(OnHost(folder) + "/x"));
        // As with runc, what is mounted below a volume is read-only only where that is asked for (rro).
        (await ShellAsync(two, "echo of the guest > /view/below/x; cat /all/below/x")).Exits(0).Prints("of the guest");
        Assert.Equal("of the guest\n", await File.ReadAllTextAsync(OnHost(folder) + "/below/x"));

        // One goes; the other still has what they shared.
        await RemoveAsync(two);
        (await ShellAsync(one, "echo after > /data/after; cat /data/after")).Exits(0).Prints("after");
        Assert.Equal("after\n", await File.ReadAllTextAsync(OnHost(folder) + "/after"));
    }

    [Fact]
    public async Task What_would_hide_the_kernels_own_files_is_refused()
    {
        Directory.CreateDirectory(OnHost(PodFolder) + "/proc");
        CommandResult refused = await RunAsync(new Containers.ContainerOptions { Arguments = Bind(PodFolder + "/proc", "/proc/sys") }, "true");
        refused.FailsNaming("/proc/sys", "cpuinfo");
    }
}
