using System;
using System.Diagnostics;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.EndToEndTests.Volumes;
using Xunit;

namespace KataShimNet.EndToEndTests.Sharing;

/// <summary>A volume that two pods and the host use: its memory maps are one memory.</summary>
public sealed class MappedVolumeTests(NodeFixture fixture) : PodVolumeTest(fixture)
{
    private string Volume => $"{PodFolder}/volumes/kubernetes.io~local-volume/data";

    private string Settings => $"{PodFolder}/settings.yaml";

    [Fact]
    public async Task Two_pods_and_the_host_see_what_is_stored_in_a_page()
    {
        Directory.CreateDirectory(OnHost(Volume));
        await File.WriteAllBytesAsync(OnHost(Volume) + "/page", new byte[4096]);
        string one = await StartAsync(new ContainerOptions { Arguments = Bind(Volume, "/data") }, "sleep", "1000");
        string two = await StartAsync(new ContainerOptions { Arguments = Bind(Volume, "/data") }, "sleep", "1000");

        using (Process answer = await BeginAsync(one, "mapped", "probe", "answer", "/data/page"))
        {
            (await ShellAsync(two, "probe ask /data/page")).Exits(0).Prints("heard");
            await answer.WaitForExitAsync();
            Assert.Equal(0, answer.ExitCode);
        }

        Assert.Equal("qa", Encoding.ASCII.GetString(await File.ReadAllBytesAsync(OnHost(Volume) + "/page"), 0, 2));
        // What is written by one is read by the other, and the other way round, with no page of its own in between.
        (await ShellAsync(one, "echo written > /data/file; cat /data/file")).Exits(0).Prints("written");
        (await ShellAsync(two, "cat /data/file; echo again > /data/file")).Exits(0).Prints("written");
        (await ShellAsync(one, "cat /data/file")).Exits(0).Prints("again");
        (await ShellAsync(one, "grep -c 'virtiofs.*dax=inode' /proc/mounts")).Exits(0);

        // One goes, and with it its mappings; the other's stay.
        await RemoveAsync(two);
        (await ShellAsync(one, "cat /data/file; head -c 2 /data/page")).Exits(0).Prints("again\nqa");
    }

    [Fact]
    public async Task What_one_pod_appends_or_cuts_another_reads_at_once_from_the_file_that_it_has_open()
    {
        Directory.CreateDirectory(OnHost(Volume));
        await File.WriteAllBytesAsync(OnHost(Volume) + "/page", new byte[4096]);
        await File.WriteAllBytesAsync(OnHost(Volume) + "/file", []);
        string one = await StartAsync(new ContainerOptions { Arguments = Bind(Volume, "/data") }, "sleep", "1000");
        string two = await StartAsync(new ContainerOptions { Arguments = Bind(Volume, "/data") }, "sleep", "1000");

        CommandResult alone = (await ShellAsync(two, "probe append - /data/alone")).Exits(0);
        using Process follower = await BeginAsync(one, "following", "probe", "follow", "/data/page", "/data/file");
        CommandResult followed = (await ShellAsync(two, "probe append /data/page /data/file")).Exits(0);
        followed.Prints("appended");
        TestContext.Current.TestOutputHelper?.WriteLine($"alone: {alone.ErrorOutput}followed: {followed.ErrorOutput}");
        await follower.WaitForExitAsync();
        Assert.Equal(0, follower.ExitCode);
    }

    [Fact]
    public async Task What_the_host_appends_is_read_soon_by_who_has_the_file_open_and_only_reads()
    {
        const int Record = 3000;
        const int Records = 50;
        Directory.CreateDirectory(OnHost(Volume));
        await File.WriteAllBytesAsync(OnHost(Volume) + "/page", new byte[4096]);
        await File.WriteAllBytesAsync(OnHost(Volume) + "/log", []);
        string id = await StartAsync(new ContainerOptions { Arguments = Bind(Volume, "/data") }, "sleep", "1000");
        using Process reader = await BeginAsync(id, "following", "probe", "tail", "/data/page", "/data/log");

        // The reader stores the record's number into a page that is mapped here, too: nobody calls stat.
        using MemoryMappedFile file = MemoryMappedFile.CreateFromFile(OnHost(Volume) + "/page");
        using MemoryMappedViewAccessor page = file.CreateViewAccessor();
        TimeSpan all = TimeSpan.Zero;
        TimeSpan longest = TimeSpan.Zero;
        for (int i = 1; i <= Records; i++)
        {
            byte[] record = new byte[Record];
            Array.Fill(record, (byte)i);
            Stopwatch clock = Stopwatch.StartNew();
            await using (FileStream log = new(OnHost(Volume) + "/log", FileMode.Append))
            {
                await log.WriteAsync(record);
            }

            Assert.True(SpinWait.SpinUntil(() => page.ReadByte(1) == i, TimeSpan.FromMinutes(1)), $"record {i} was not read");
            all += clock.Elapsed;
            longest = clock.Elapsed > longest ? clock.Elapsed : longest;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{all.TotalMilliseconds / Records:F1} ms from the host's append to the reader, {longest.TotalMilliseconds:F1} at most");
        await reader.WaitForExitAsync();
        Assert.Equal(0, reader.ExitCode);
    }

    [Fact]
    public async Task Where_it_is_not_wanted_a_pod_runs_without()
    {
        await File.WriteAllTextAsync(OnHost(Settings), "sharing:\n  dax: never\n");
        await RunWithoutAsync(new ContainerOptions { Config = Settings, Arguments = Bind(Volume, "/data") });
    }

    [Fact]
    public async Task Where_the_host_cannot_a_pod_runs_without_and_its_log_says_so()
    {
        (await Node.RunAsync("mv", "/dev/fuse", "/dev/fuse-is-away")).Exits(0);
        try
        {
            await RunWithoutAsync(new ContainerOptions { Arguments = Bind(Volume, "/data") });
        }
        finally
        {
            (await Node.RunAsync("mv", "/dev/fuse-is-away", "/dev/fuse")).Exits(0);
        }

        Assert.Contains(Node.LogLines(), line => line.Contains("no DAX", StringComparison.Ordinal) && line.Contains("the host has no /dev/fuse", StringComparison.Ordinal));
    }

    private async Task RunWithoutAsync(ContainerOptions options)
    {
        Directory.CreateDirectory(OnHost(Volume));
        (await RunAsync(options, "sh", "-c", "echo there > /data/file; cat /data/file; grep -c dax= /proc/mounts")).Prints("there\n0");
        Assert.Equal("there\n", await File.ReadAllTextAsync(OnHost(Volume) + "/file"));
    }
}
