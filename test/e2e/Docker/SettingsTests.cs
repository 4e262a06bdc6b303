using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Docker.DotNet.Models;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Docker;

/// <summary>What <c>docker create</c> can ask for, as the container's process sees it.</summary>
public sealed class SettingsTests(DockerFixture fixture) : DockerTest(fixture)
{
    [Fact]
    public async Task Volumes_environment_user_and_memory_limit_are_as_asked_for()
    {
        string folder = Path.Combine(Docker.Node.State, "bound");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "from-host"), "of the host\n");
        string volume = (await Docker.Client.Volumes.CreateAsync(new VolumesCreateParameters { Name = "named" })).Name;
        try
        {
            (long code, string output, string errors) = await RunAsync(Describe(
                ["sh", "-c", "cat /mnt/from-host; echo guest > /data/made; id -u; id -g; id -G; echo $GREETING; pwd; hostname; stat -f -c %T /scratch; touch /readonly/x 2>&1; cat /sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null; touch /scratch/fine && uname -r"],
                p =>
                {
                    p.Env = ["GREETING=hello there"];
                    p.User = "0:1000";
                    p.WorkingDir = "/home";
                    p.Hostname = "named-host";
                    p.HostConfig.Binds = ["/state/bound:/mnt", "/state/bound:/readonly:ro", $"{volume}:/data"];
                    p.HostConfig.Tmpfs = new Dictionary<string, string> { ["/scratch"] = "size=1m,mode=1777" };
                    p.HostConfig.GroupAdd = ["77"];
                    p.HostConfig.Memory = 64 << 20;
                    p.HostConfig.PidsLimit = 99;
                }));
            Assert.True(code == 0, output + errors);
            string[] lines = output.TrimEnd().Split('\n');
            Assert.Equal(
                ["of the host", "0", "1000", "1000 77", "hello there", "/home", "named-host", "tmpfs"], lines[..8]);
            Assert.Contains("Read-only file system", lines[8]);
            Assert.Equal((64 << 20).ToString(System.Globalization.CultureInfo.InvariantCulture), lines[9]);
            Assert.Equal("99", lines[10]);
            if (TestNode.IsKatanet)
            {
                Assert.NotEqual((await File.ReadAllTextAsync("/proc/sys/kernel/osrelease")).Trim(), lines[11]);
            }

            VolumeResponse named = await Docker.Client.Volumes.InspectAsync(volume);
            Assert.Equal("guest\n", await File.ReadAllTextAsync(Docker.Node.Root + named.Mountpoint + "/made"));
        }
        finally
        {
            await RemoveAllAsync();
            await Docker.Client.Volumes.RemoveAsync(volume, force: true);
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_container_over_its_memory_limit_is_killed_and_docker_says_why()
    {
        string id = await StartAsync(Describe(
            ["sh", "-c", "head -c 200m /dev/zero | tail"], p => p.HostConfig.Memory = p.HostConfig.MemorySwap = 32 << 20));
        Assert.NotEqual(0, await WaitAsync(id));
        ContainerInspectResponse state = await Containers.InspectContainerAsync(id);
        Assert.True(state.State.OOMKilled, $"exit code {state.State.ExitCode}");
    }

    [Fact]
    public async Task A_runtime_that_daemon_json_names_gets_its_own_settings()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "the settings are ours");
        (long code, string output, _) = await RunAsync(Describe(["grep", "MemTotal", "/proc/meminfo"], p => p.HostConfig.Runtime = DockerNode.Alias));
        Assert.Equal(0, code);
        long kib = long.Parse(output.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(kib, (DockerNode.AliasMemoryMib - 200) << 10, DockerNode.AliasMemoryMib << 10);
    }
}
