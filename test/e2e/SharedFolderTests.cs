using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

public sealed class SharedFolderTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private string Folder => Path.Combine(Node.State, "shared");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Directory.CreateDirectory(Folder);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    [Fact]
    public async Task Two_containers_and_the_host_see_each_others_files()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "host"), "of the host");
        string one = await StartAsync(Mounted("rw"), "sh", "-c", "echo of one > /share/one; sleep 1000");
        string two = await StartAsync(Mounted("rw"), "sh", "-c", "echo of two > /share/two; sleep 1000");
        foreach (string id in (string[])[one, two])
        {
            await EventuallyAsync($"{id} sees all three files", TimeSpan.FromSeconds(20), async () =>
                (await CtrAsync("tasks", "exec", "--exec-id", $"cat-{Guid.NewGuid():N}", id, "sh", "-c", "cat /share/host /share/one /share/two"))
                    .Text.ReplaceLineEndings("") == "of the hostof oneof two");
        }

        Assert.Equal("of one\n", await File.ReadAllTextAsync(Path.Combine(Folder, "one")));
        Assert.Equal("of two\n", await File.ReadAllTextAsync(Path.Combine(Folder, "two")));

        // What one deletes, the other and the host no longer have.
        (await CtrAsync("tasks", "exec", "--exec-id", "rm", one, "rm", "/share/two")).Exits(0);
        Assert.False(File.Exists(Path.Combine(Folder, "two")));
        await EventuallyAsync("the other no longer has it", TimeSpan.FromSeconds(20), async () =>
            (await CtrAsync("tasks", "exec", "--exec-id", $"test-{Guid.NewGuid():N}", two, "test", "-e", "/share/two")).ExitCode == 1);
    }

    [Fact]
    public async Task A_read_only_folder_refuses_writes_but_shows_its_files()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "host"), "of the host");
        (await RunAsync(Mounted("ro"), "sh", "-c", "cat /share/host; echo; ! rm /share/host; ! echo x >> /share/host; touch /share/new"))
            .FailsNaming("of the host", "Read-only file system");
        Assert.Equal("of the host", await File.ReadAllTextAsync(Path.Combine(Folder, "host")));
        Assert.False(File.Exists(Path.Combine(Folder, "new")));
    }

    [Fact]
    public async Task A_single_file_can_be_mounted()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "file"), "its content");
        ContainerOptions options = new() { Arguments = ["--mount", "type=bind,src=/state/shared/file,dst=/etc/file,options=rbind:ro"] };
        (await RunAsync(options, "cat", "/etc/file")).Exits(0).Prints("its content");
    }

    private static ContainerOptions Mounted(string mode) =>
        new() { Arguments = ["--mount", $"type=bind,src=/state/shared,dst=/share,options=rbind:{mode}"] };
}
